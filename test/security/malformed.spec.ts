import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BeethovenModule,
  CoreServerService,
  type TableConfig,
  TableService,
} from '../../libs/beethoven/src/index.js';
import { CALL_KINDS } from '../../libs/beethoven/src/network/call-messages.js';
import { encode } from '../../libs/beethoven/src/network/codec.js';
import { FRAME } from '../../libs/beethoven/src/network/link-frames.js';
import { Mesh } from '../../libs/beethoven/src/network/mesh.js';
import { clusterKey, encodeBeat } from '../../libs/beethoven/src/protocol/detector/beat.js';
import { MEMBERSHIP_FORMAT } from '../../libs/beethoven/src/protocol/membership/messages.js';
import { QUORUM_FORMAT } from '../../libs/beethoven/src/protocol/quorum/wire.js';
import { TABLE_FORMAT } from '../../libs/beethoven/src/protocol/tables/wire.js';
import { SimulatedCluster } from '../../libs/beethoven/src/testing/index.js';
import { Rogue, helloOf, idOf, stateOf } from './rogue.js';

/** What a member may say on a channel: of each kind something that is right, and what is wrong with others. */
interface Case {
  readonly kind: string;
  readonly good: readonly unknown[];
  readonly bad: Readonly<Record<string, readonly unknown[]>>;
}

const BEAT = encodeBeat(clusterKey('beethoven'), {
  kind: 'alive',
  from: 1,
  startedAt: 1,
  incarnation: 1,
  sequence: 1,
  digest: 1,
  lag: 0,
  phase: 0,
  subject: 0,
  subjectIncarnation: 0,
});
const rumor = ['x@127.0.0.1:1', 1, 2, 1, {}, 0];
/** One row as it travels: its columns, then what it is and its values. */
const packed = (columns: readonly string[], values: readonly unknown[], time = 1) => [
  [[0, ...columns]],
  [1, 0, 0, time, 1, ...values],
];
const ROW = packed(['id', 'note'], ['k', 'x']);
const CALLS = { kinds: CALL_KINDS.length };

const MEMBERSHIP: readonly Case[] = [
  {
    kind: 'beat',
    good: [0, BEAT],
    bad: {
      'of 63 bytes': [0, BEAT.subarray(1)],
      'of text': [0, 'beat'],
      'of no time': [0, BEAT.map((byte, i) => (i < 24 ? byte : 0xff))],
    },
  },
  {
    kind: 'rumors',
    good: [1, [rumor]],
    bad: {
      'about nobody': [1, [['', ...rumor.slice(1)]]],
      'about an address without a port': [1, [['x@127.0.0.1', ...rumor.slice(1)]]],
      'with a line for the log': [1, [['x\ny@127.0.0.1:1', ...rumor.slice(1)]]],
      'of a negative incarnation': [1, [['x@127.0.0.1:1', -1, 0, 1, {}, 0]]],
      'of no status': [1, [['x@127.0.0.1:1', 1, 9, 1, {}, 0]]],
      'from after the end of time': [1, [['x@127.0.0.1:1', 1, 0, 1e300, {}, 0]]],
      'with labels that are none': [1, [['x@127.0.0.1:1', 1, 0, 1, { a: 1 }, 0]]],
      'good but for the last': [1, [rumor, null]],
      'in too great a number': [1, Array.from({ length: 257 }, () => rumor)],
    },
  },
  { kind: 'view', good: [2, [rumor], []], bad: { 'that wants text': [2, [], ['x']] } },
  { kind: 'digest', good: [3, 7], bad: { 'that is no number': [3, '7'] } },
  {
    kind: 'digests',
    good: [4, [1, 2]],
    bad: { 'of parts that there are not': [4, Array(5_000).fill(1)] },
  },
];

const TABLES: readonly Case[] = [
  {
    kind: 'vectors',
    good: [0, ['x'], ['notes', [0, 1], ''], true, false],
    bad: {
      'of a name that is not there': [0, ['x'], ['notes', [5, 1], ''], true, false],
      'of a table without a definition': [0, ['x'], ['notes', [0, 1], 7], true, false],
    },
  },
  { kind: 'summary', good: [1, ['t', 1, 1]], bad: { 'with a part missing': [1, ['t', 1]] } },
  {
    kind: 'batch',
    good: [2, 'elsewhere', 0, 0, ['x'], ROW, 0, 0, [], []],
    bad: {
      'with a row cut short': [
        2,
        'elsewhere',
        0,
        0,
        ['x'],
        packed(['id', 'note'], ['k']),
        0,
        0,
        [],
        [],
      ],
      'with a row of no shape': [2, 'elsewhere', 0, 0, ['x'], [[], ROW[1]], 0, 0, [], []],
      'with a column twice': [
        2,
        'elsewhere',
        0,
        0,
        ['x'],
        packed(['id', 'id'], ['k', 'x']),
        0,
        0,
        [],
        [],
      ],
      'of negative time': [2, 'elsewhere', 0, 0, ['x'], packed(['id'], ['k'], -1), 0, 0, [], []],
      'with a row under another key': [
        2,
        'beethoven.servers',
        0,
        0,
        ['x'],
        [[[-1, 'node', 'servers']], [1, 0, 0, 1, 1, 'k', 'o', []]],
        0,
        0,
        [],
        [],
      ],
      'with a score that is text': [
        2,
        'beethoven.scores',
        0,
        0,
        ['x'],
        packed(['node', 'score'], ['k', 'low']),
        0,
        0,
        [],
        [],
      ],
      'with a slot whose epoch is text': [
        2,
        'beethoven.slots',
        0,
        0,
        ['x'],
        ['job/0', { id: 'job/0', epoch: '9' }, 1, 0, 0, 1],
        0,
        0,
        [],
        [],
      ],
      'that deletes a slot': [
        2,
        'beethoven.slots',
        0,
        0,
        ['x'],
        ['job/0', null, 1, 0, 0, 1],
        0,
        0,
        [],
        [],
      ],
      'with offers that are none': [
        2,
        'beethoven.offers',
        0,
        0,
        ['x'],
        ['k', { node: 'k', roles: 7 }, 1, 0, 0, 1],
        0,
        0,
        [],
        [],
      ],
      'with a birth without a witness': [
        2,
        'beethoven.tables',
        0,
        0,
        ['x'],
        ['k', { table: 'k', witnesses: 'me' }, 1, 0, 0, 1],
        0,
        0,
        [],
        [],
      ],
    },
  },
  {
    kind: 'chunk',
    good: [3, 'elsewhere', 1, 0, 0, ['x'], ROW, null],
    bad: {
      'of no scope': [3, 'elsewhere', 1, 0, 9, ['x'], ROW, null],
      'with half an end': [3, 'elsewhere', 1, 0, 0, ['x'], ROW, [[0, 1]]],
    },
  },
  {
    kind: 'more',
    good: [4, 'elsewhere', 1, 0],
    bad: { 'of no session': [4, 'elsewhere', null, 0] },
  },
  {
    kind: 'ack',
    good: [5, 1, 1, 0],
    bad: { 'of no ticket': [5, 'x', 1, 0], 'out of order': [5, 2, 1, 0] },
  },
  {
    kind: 'commit',
    good: [6, 'elsewhere', 1, 1, 1, 1, ['x'], [], -1, ['k', { id: 'k' }], []],
    bad: {
      'that counts below nothing': [6, 'elsewhere', 1, 1, 1, 1, ['x'], [], -2, [], []],
      'of a row under another key': [
        6,
        'beethoven.servers',
        1,
        1,
        1,
        1,
        ['x'],
        [],
        -1,
        ['k', { node: 'o' }],
        [],
      ],
    },
  },
  { kind: 'outcome', good: [7, 1, 1, 0], bad: { 'of no kind': [7, 1, 1, 9] } },
  {
    kind: 'claim',
    good: [8, 'elsewhere', 1, [0, 1], ['x']],
    bad: { 'of a name that is not there': [8, 'elsewhere', 1, [5, 1], ['x']] },
  },
];

const QUORUM: readonly Case[] = [
  {
    kind: 'ask',
    good: [0, 1, 1, 'tag', true, [['job/0', 1]]],
    bad: { 'for a slot without an epoch': [0, 1, 1, 'tag', true, [['job/0']]] },
  },
  {
    kind: 'answer',
    good: [1, 1, 1, ['job/0'], [['job/1', 1, 5]]],
    bad: {
      'that refuses with words': [1, 1, 1, [], [['job/1', 1, 'later']]],
      'that binds until the end of time': [1, 1, 1, [], [['job/1', 1, 1e300]]],
    },
  },
  {
    kind: 'release',
    good: [2, 1, 1, true, ['job/0']],
    bad: { 'of numbers': [2, 1, 1, true, [7]] },
  },
  {
    kind: 'electorate',
    good: [3, 1],
    bad: { 'of voters without a life': [3, 1, 1, 1, 'x@127.0.0.1:1', 1, [['x']]] },
  },
  { kind: 'leaving', good: [4, 1], bad: { 'of no life': [4, 'x'] } },
  { kind: 'prepare', good: [5, 1, 'tag', [1, 'x']], bad: { 'of no ballot': [5, 1, 'tag', 1] } },
  {
    kind: 'promised',
    good: [6, 1, 'tag', [1, 'x']],
    bad: { 'with half a promise': [6, 1, 'tag', [1, 'x'], [1, 'x']] },
  },
  {
    kind: 'propose',
    good: [7, 1, 'tag', [1, 'x'], [['x', 1]]],
    bad: { 'of voters without a life': [7, 1, 'tag', [1, 'x'], [['x']]] },
  },
  { kind: 'accepted', good: [8, 1, 'tag', [1, 'x']], bad: { 'of no tag': [8, 1, null, [1, 'x']] } },
];

const CALL: readonly Case[] = [
  {
    kind: 'call',
    good: [0, 1, { server: 'S', method: 'm', args: [] }, 0],
    bad: {
      'without a number': [0, 'x', { server: 'S', method: 'm', args: [] }, 0],
      'of a server without arguments': [0, 1, { server: 'S', method: 'm' }, 0],
      'of a table that is a number': [0, 1, { table: 7, operation: 'get', args: [] }, 1],
      'of nothing': [0, 1, null, 1],
      'for no service': [0, 1, { server: 'S', method: 'm', args: [] }, 'servers'],
    },
  },
  {
    kind: 'cast',
    good: [1, 0, { server: 'S', method: 'm', args: [] }, 0],
    bad: { 'of text': [1, 0, 'S.m()', 0] },
  },
  { kind: 'result', good: [2, 1, 'anything'], bad: { 'of no call': [2, null, 1] } },
  {
    kind: 'fault',
    good: [3, 1, { name: 'E', message: '' }],
    bad: { 'without a name': [3, 1, { message: '' }] },
  },
];

// In the order of their numbers.
const CHANNELS = [
  { name: 'membership', cases: MEMBERSHIP, format: MEMBERSHIP_FORMAT },
  { name: 'tables', cases: TABLES, format: TABLE_FORMAT },
  { name: 'quorum', cases: QUORUM, format: QUORUM_FORMAT },
  { name: 'calls', cases: CALL, format: CALLS },
];

const FRAMES: readonly [string, unknown][] = [
  ['is no list', { kind: FRAME.message }],
  ['is of a kind that nobody knows', [99]],
  ['is a hello', [FRAME.hello, helloOf(0)]],
  ['is a ping without a number', [FRAME.ping, 'x']],
  ['is a pong without a number', [FRAME.pong, 'x']],
  ['begins a link without a number', [FRAME.begin, 'x']],
  ['is for no channel', [FRAME.message, '__proto__', []]],
  ['is for a channel below the first', [FRAME.message, -1, []]],
];

const NOTES: TableConfig<{ id: string; note: string }> = {
  name: 'notes',
  key: 'id',
  columns: ['id', 'note'],
  types: { note: 'string' },
};

let cluster: SimulatedCluster;
let target: string;
let rogues = 0;
let notes: string;

beforeAll(async () => {
  class Job {
    onRoleStart(): void {}
  }
  const module = BeethovenModule.forRoot({
    clusterNetMask: 28,
    splitBrain: { strategy: 'keep-majority' },
    roles: [{ name: 'job', role: Job, instances: 1 }],
  });
  cluster = await SimulatedCluster.create({
    nodes: 3,
    module: { module: class App {}, imports: [module], providers: [Job] },
  });
  target = cluster.nodes[0] ?? '';
  for (const node of cluster.nodes) {
    const table = cluster.app(node).get(TableService).open(NOTES);
    if (node === target) table.put({ id: 'first', note: 'kept' });
  }
  await cluster.settled();
  // Its name among nodes ends with a hash of its definition.
  const mesh = cluster.app(target).get(Mesh, { strict: false });
  const sendAll = mesh.sendAll.bind(mesh);
  mesh.sendAll = (to, channel, message, priority) => {
    const [kind, name] = message as [number, string];
    if (channel === 'tables' && kind === 2 && name.startsWith('notes')) notes = name;
    return sendAll(to, channel, message, priority);
  };
  cluster.app(target).get(TableService).open(NOTES).put({ id: 'second', note: 'kept' });
  await cluster.settled();
});

afterAll(async () => cluster.close());

const malformed = (): number => cluster.app(target).get(Mesh, { strict: false }).counters.malformed;

/** Says something to a node as a member, and hears whether it was hung up on. */
async function afterSaying(frame: Uint8Array) {
  const before = { state: stateOf(cluster, target), malformed: malformed() };
  const rogue = await Rogue.join(cluster, target, ++rogues);
  rogue.send(frame);
  await cluster.advance(5);
  const outcome = {
    closed: rogue.closed,
    counted: malformed() - before.malformed,
    unchanged: stateOf(cluster, target) === before.state,
  };
  rogue.leave();
  await cluster.advance(20);
  return outcome;
}

const REFUSED = { closed: true, counted: 1, unchanged: true };

describe('a member that sends what makes no sense loses its link, is counted, and changes nothing:', () => {
  for (const [number, { name, cases, format }] of CHANNELS.entries())
    describe(`on ${name},`, () => {
      it('of every kind there is something to say', () => {
        expect(cases.map(({ good }) => good[0])).toEqual([...Array(format.kinds).keys()]);
      });

      for (const { kind, good, bad } of cases) {
        it(`but a good ${kind} keeps it, also with what a later release may add`, async () => {
          for (const message of [
            good,
            [...good, ...(kind === 'promised' || kind === 'electorate' ? [] : [{ later: true }])],
          ]) {
            const { closed, counted } = await afterSaying(encode([FRAME.message, number, message]));
            expect({ closed, counted }).toEqual({ closed: false, counted: 0 });
          }
        });

        it.each(Object.entries(bad))(`${kind} %s`, async (_, message) => {
          expect(await afterSaying(encode([FRAME.message, number, message]))).toEqual(REFUSED);
        });
      }

      it.each([null, 7, [], ['0'], [-1], [1.5], { 0: 0 }])('%j', async (message) => {
        expect(await afterSaying(encode([FRAME.message, number, message]))).toEqual(REFUSED);
      });
    });

  it.each(FRAMES)('a frame that %s', async (_, frame) => {
    expect(await afterSaying(encode(frame))).toEqual(REFUSED);
  });

  it('a row of a table of the application of another type', async () => {
    const batch = [2, notes, 0, 0, ['x'], packed(['id', 'note'], ['k', 7]), 0, 0, [], []];
    expect(await afterSaying(encode([FRAME.message, 1, batch]))).toEqual(REFUSED);
  });
});

describe('a later release', () => {
  it('may have channels and kinds of which nobody here knows: they are left unread, and counted', async () => {
    const { counters } = cluster.app(target).get(Mesh, { strict: false });
    const rogue = await Rogue.join(cluster, target, ++rogues);
    for (const channel of CHANNELS.keys()) await rogue.say(channel, [99, 'x']);
    await rogue.say(99, ['x']);
    expect(rogue.closed).toBe(false);
    const { unclaimed, malformed: more } = cluster
      .app(target)
      .get(Mesh, { strict: false }).counters;
    expect(unclaimed - counters.unclaimed).toBe(5);
    expect(more).toBe(counters.malformed);
    rogue.leave();
    await cluster.advance(20);
  });

  it('may have more columns in the tables of the framework', async () => {
    const id = idOf(++rogues);
    const batch = [
      2,
      'beethoven.servers',
      0,
      0,
      ['x'],
      packed(['node', 'servers', 'since'], [id, [], 7]),
      0,
      0,
      [],
      [],
    ];
    expect(await afterSaying(encode([FRAME.message, 1, batch]))).toMatchObject({
      closed: false,
      counted: 0,
    });
  });
});

it('whoever runs a node reads of it in its report', () => {
  const { links, refusals, heartbeats } = cluster.app(target).get(CoreServerService).report();
  expect(links.malformed).toBeGreaterThan(50);
  expect(refusals['malformed']).toBe(links.malformed);
  expect(heartbeats).toMatchObject({ malformed: 0, forged: 0, crashes: 0 });
});

it('who had to be hung up on is turned away for a second, and may come again then', async () => {
  const number = ++rogues;
  const rogue = await Rogue.join(cluster, target, number);
  await rogue.say(0, null);
  expect(rogue.closed).toBe(true);
  await expect(Rogue.join(cluster, target, number)).rejects.toThrow('not let in');
  await cluster.advance(1_100);
  const again = await Rogue.join(cluster, target, number);
  again.leave();
  await cluster.advance(20);
});
