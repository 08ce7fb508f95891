import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_MEMBERS, type PeerCard } from '../protocol/terms.js';
import { encode } from './codec.js';
import { FRAME, readFrame } from './link-frames.js';
import {
  MeshWorld,
  captureLog,
  cardOf,
  helloFrom,
  type MeshNode,
  type Stranger,
} from './mesh.fixture.js';
import type { Connection } from './network.js';

const hello = helloFrom(cardOf('stranger@127.0.0.7:33000'));

let log: string[];
let world: MeshWorld;
let node: MeshNode;
let friend: MeshNode;

beforeEach(async () => {
  log = captureLog();
  world = new MeshWorld();
  node = await world.node('node');
  friend = await world.node('friend');
  await world.linked(node, friend);
});

async function expectNothingChanged(): Promise<void> {
  expect(node.told).toEqual(['up friend']);
  expect(node.mesh.counters).toMatchObject({ connections: 1, failures: 0 });
  friend.mesh.send(node.id, 'tables', 'still here');
  await world.timeline.advance(5);
  expect(node.received).toEqual(['still here']);
}

/** The kinds and bodies of what the node answered. */
const BEGIN = [FRAME.begin, expect.any(Number) as unknown];
const answers = ({ frames }: Stranger): unknown[] => frames.map((frame) => readFrame(frame));

describe('a stranger', () => {
  const nonsense: [string, Uint8Array, RegExp][] = [
    ['garbage', new Uint8Array([0xc1, 0xff, 0x00]), /no hello/],
    ['nothing at all', new Uint8Array(), /no hello/],
    ['a hello cut short', encode([FRAME.hello, hello]).slice(0, 40), /no hello/],
    ['a message before it has said hello', encode([FRAME.message, 1, 'x']), /no hello/],
    ['a goodbye', encode([FRAME.goodbye]), /no hello/],
    ['a date', new Uint8Array([0x92, 0x00, 0xd6, 0xff, 0, 0, 0, 0]), /no hello/],
    ['a frame of 70,000 bytes', new Uint8Array(70_000), /70,000 bytes over the limit of 65,536/],
  ];
  it.each(nonsense)('that sends %s is cut off and logged once', async (_what, bytes, reason) => {
    const stranger = await world.stranger(node);
    stranger.connection?.send(bytes);
    await world.timeline.advance(5);
    expect(stranger).toMatchObject({ closed: true, frames: [] });
    expect(log).toEqual([expect.stringMatching(/^warn: .*127\.0\.0\.1/)]);
    expect(log[0]).toMatch(reason);
    expect(node.mesh.counters.refused).toBe(1);
    await expectNothingChanged();
  });

  const refusals: [string, object, string][] = [
    ['of another cluster', { ...hello, cluster: 'bank' }, 'cluster'],
    ['of another protocol', { ...hello, protocol: [2, 5] }, 'version'],
    ['with a hello of the wrong shape', { ...hello, card: { id: 7 } }, 'malformed'],
    // The node gets the first port that the simulated network gives out.
    ['with its id', { ...hello, card: cardOf('node@127.0.0.1:32768') }, 'duplicate-id'],
  ];
  it.each(refusals)('%s is told why, cut off, and logged once', async (_who, message, reason) => {
    const stranger = await world.stranger(node);
    stranger.connection?.send(encode([FRAME.hello, message]));
    await world.timeline.advance(5);
    expect(answers(stranger)).toEqual([[FRAME.refused, expect.objectContaining({ reason })]]);
    expect(stranger.closed).toBe(true);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(reason);
    expect(node.mesh.counters.refused).toBe(1);
    await expectNothingChanged();
  });

  it('that says nothing is cut off after two seconds', async () => {
    const stranger = await world.stranger(node);
    await world.timeline.advance(1_900);
    expect(stranger.closed).toBe(false);
    await world.timeline.advance(200);
    expect(stranger.closed).toBe(true);
    expect(log).toEqual([expect.stringMatching(/no hello in 2000 ms/)]);
    await expectNothingChanged();
  });

  it('that hangs up right behind its hello has no link, not even for a moment', async () => {
    arrival(cardOf(hello.card.id)).onClose('remote');
    await world.timeline.advance(5);
    expect(log).toEqual([expect.stringMatching(/hung up before it was answered/)]);
    await expectNothingChanged();
  });

  it('that hangs up without a word is logged', async () => {
    const stranger = await world.stranger(node);
    stranger.connection?.destroy();
    await world.timeline.advance(5);
    expect(log).toEqual([expect.stringMatching(/hung up/)]);
    expect(node.mesh.counters.refused).toBe(1);
    await expectNothingChanged();
  });

  it('that comes back a hundred times costs one line', async () => {
    for (let i = 0; i < 100; i++) {
      const stranger = await world.stranger(node);
      stranger.connection?.send(encode('GET / HTTP/1.1'));
    }
    await world.timeline.advance(5);
    expect(log).toHaveLength(1);
    expect(node.mesh.counters.refused).toBe(100);
  });

  it('is one of 128 at most: for one more the first goes, so that who belongs gets in', async () => {
    const strangers = [];
    for (let i = 0; i < 128; i++) strangers.push(await world.stranger(node));
    expect(strangers.filter(({ closed }) => closed)).toEqual([]);
    expect(await world.stranger(node)).toMatchObject({ closed: false });
    expect(strangers.map(({ closed }) => closed).indexOf(true)).toBe(0);
    expect(strangers.filter(({ closed }) => closed)).toHaveLength(1);
    const late = await world.node('late');
    expect(await world.outcome(late.connect(node))).toMatchObject({ linked: { id: node.id } });
    await world.timeline.advance(2_100);
    expect(strangers.filter(({ closed }) => closed)).toHaveLength(128);
  });

  it('that listens where a node was expected is given up, and logged', async () => {
    const somebody = world.network.process('somebody');
    const says = async (answer: Uint8Array | undefined, port: number): Promise<unknown> => {
      await somebody.listen('127.0.0.1', port, (connection) => {
        if (answer !== undefined) connection.send(answer);
      });
      return world.outcome(node.mesh.connect('127.0.0.1', port, undefined, 250));
    };
    expect(await says(undefined, 1)).toEqual({ rejected: 'silent' });
    expect(await says(encode('220 smtp.example.com'), 2)).toEqual({ rejected: 'malformed' });
    expect(await says(encode([FRAME.welcome, {}]), 3)).toEqual({ rejected: 'malformed' });
    const future = encode([FRAME.welcome, { protocol: 9, card: hello.card }]);
    expect(await says(future, 4)).toEqual({ rejected: 'version' });
    expect(log).toHaveLength(4);
    await expectNothingChanged();
  });
});

describe('a peer', () => {
  async function peer(): Promise<Stranger> {
    const stranger = await world.stranger(node);
    stranger.connection?.send(encode([FRAME.hello, hello]));
    await world.timeline.advance(5);
    expect(node.told).toEqual(['up friend', 'up stranger']);
    return stranger;
  }

  it.each([
    ['garbage', new Uint8Array([0xc1])],
    ['another hello', encode([FRAME.hello, hello])],
    ['a kind of frame that nobody knows', encode([99])],
    ['a ping with a long memory', encode([FRAME.ping, 'x'.repeat(1_000)])],
    ['a map', encode({ kind: FRAME.message })],
  ])('that sends %s loses its link, with one line in the log', async (_what, bytes) => {
    const stranger = await peer();
    stranger.connection?.send(bytes);
    await world.timeline.advance(5);
    expect(stranger.closed).toBe(true);
    expect(node.told).toEqual(['up friend', 'up stranger', 'lost stranger']);
    expect(node.mesh.counters).toMatchObject({ malformed: 1, connections: 1 });
    expect(log).toEqual([expect.stringMatching(/^warn: stranger@127.0.0.7:33000.*no sense/)]);
  });

  it('that sends on a channel of a later release is not heard, and keeps its link', async () => {
    const stranger = await peer();
    stranger.connection?.send(encode([FRAME.message, 99, 'x']));
    stranger.connection?.send(encode([FRAME.message, 1, 'heard']));
    await world.timeline.advance(5);
    expect(node.received).toEqual(['heard']);
    expect(node.mesh.counters).toMatchObject({ unclaimed: 1, malformed: 0 });
  });

  it('that has lost its link over nonsense gets no new one for a second, and is not called', async () => {
    const stranger = await peer();
    stranger.connection?.send(encode([FRAME.message, -1, 'x']));
    await world.timeline.advance(5);
    const again = await world.stranger(node);
    again.connection?.send(encode([FRAME.hello, hello]));
    await world.timeline.advance(5);
    expect(answers(again)).toMatchObject([[FRAME.refused, { reason: 'malformed' }]]);
    const call = node.mesh.connect('127.0.0.7', 33_000, hello.card.id);
    expect(await world.outcome(call)).toEqual({ rejected: 'malformed' });
    await world.timeline.advance(1_100);
    const third = await world.stranger(node);
    third.connection?.send(encode([FRAME.hello, hello]));
    await world.timeline.advance(5);
    expect(answers(third)).toMatchObject([[FRAME.welcome, {}], BEGIN]);
  });

  it('that begins its link over and over is heard once', async () => {
    const stranger = await peer();
    for (const number of [1, 2]) stranger.connection?.send(encode([FRAME.begin, number]));
    await world.timeline.advance(5);
    expect(node.told).toEqual(['up friend', 'up stranger', 'lost stranger']);
    expect(node.mesh.counters.malformed).toBe(1);
  });

  it('that asks to retire its only connection is not obeyed', async () => {
    const stranger = await peer();
    stranger.connection?.send(encode([FRAME.retire]));
    await world.timeline.advance(10_000);
    expect(node.mesh.send(hello.card.id, 'tables', 'x')).toBe(true);
  });

  it('that is asked whether it lives may answer nonsense: it counts as silence', async () => {
    const stranger = await peer();
    const twin = await world.stranger(node);
    twin.connection?.send(encode([FRAME.hello, { ...hello, card: cardOf(hello.card.id, 2) }]));
    await world.timeline.advance(5);
    stranger.connection?.send(encode([FRAME.pong, 12_345]));
    await world.timeline.advance(400);
    expect(node.told.slice(1)).toEqual(['up stranger', 'lost stranger', 'up stranger']);
    expect(answers(twin)).toMatchObject([[FRAME.welcome, { card: { id: node.id } }], BEGIN]);
  });

  it('whose id is claimed by a crowd has eight of it wait, and the others cut off', async () => {
    await peer();
    const crowd = [];
    for (let i = 0; i < 10; i++) {
      const one = await world.stranger(node);
      one.connection?.send(encode([FRAME.hello, { ...hello, card: cardOf(hello.card.id, 2) }]));
      crowd.push(one);
    }
    await world.timeline.advance(5);
    expect(crowd.filter(({ closed }) => closed)).toHaveLength(2);
    await world.timeline.advance(400);
    // Eight connections of one new life, of which a link keeps four.
    expect(node.mesh.counters.connections).toBe(5);
  });

  it('whose twin talks before it is welcome may send 64 frames, not one more', async () => {
    await peer();
    const twin = await world.stranger(node);
    twin.connection?.send(encode([FRAME.hello, { ...hello, card: cardOf(hello.card.id, 2) }]));
    for (let i = 0; i < 65; i++) twin.connection?.send(encode([FRAME.message, 1, i]));
    await world.timeline.advance(50);
    expect(twin.closed).toBe(true);
    expect(node.received).toEqual([]);
  });
});

/** A connection without a network, for crowds. */
class Wire implements Connection {
  readonly remoteAddress = '127.0.0.7';
  readonly remotePort = 1;
  isClosed = false;
  onFrame: Connection['onFrame'] = () => {};
  onClose: Connection['onClose'] = () => {};
  send = (): boolean => !this.isClosed;
  close = (): void => void (this.isClosed = true);
  destroy = (): void => void (this.isClosed = true);
  allowFrames = (): void => {};
}

function arrival(card: PeerCard): Wire {
  const wire = new Wire();
  node.mesh.accept(wire);
  wire.onFrame(encode([FRAME.hello, { ...hello, card }]));
  return wire;
}

it('there are as many links as a cluster has members at most', async () => {
  for (let i = 1; i < MAX_MEMBERS; i++) {
    arrival(cardOf(`n${i}@127.0.0.1:1`));
    // oxlint-disable-next-line no-await-in-loop -- so many at a time are heard
    if (i % 100 === 0) await world.timeline.advance(0);
  }
  await world.timeline.advance(0);
  expect(node.mesh.counters.connections).toBe(MAX_MEMBERS);
  const late = arrival(cardOf('one-too-many@127.0.0.1:1'));
  await world.timeline.advance(0);
  expect(late.isClosed).toBe(true);
  expect(node.mesh.counters.connections).toBe(MAX_MEMBERS);
  expect(log).toEqual([expect.stringMatching(/one-too-many.*16384/)]);
});

it('whatever bytes arrive, before the hello or after, nothing throws and nobody else notices', async () => {
  // Nobody can encode that key, not even by mistake.
  const value = fc.jsonValue().filter((one) => !JSON.stringify(one).includes('"__proto__"'));
  const frames = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.nat(9), value, value)
        .filter(([kind]) => kind !== FRAME.hello)
        .map((frame) => encode(frame)),
    ),
    { maxLength: 5 },
  );
  let peers = 0;
  await fc.assert(
    fc.asyncProperty(frames, fc.boolean(), async (all, isPeer) => {
      const card = cardOf(`stranger${++peers}@127.0.0.7:33000`);
      const wire = isPeer ? arrival(card) : new Wire();
      if (!isPeer) node.mesh.accept(wire);
      await world.timeline.advance(0);
      expect(node.mesh.isLinked(card.id)).toBe(isPeer);
      for (const bytes of all) wire.onFrame(bytes);
      wire.onClose('remote');
      expect(node.mesh.isLinked(card.id)).toBe(false);
      expect(node.mesh.isLinked(friend.id)).toBe(true);
    }),
    { numRuns: 500 },
  );
  friend.mesh.send(node.id, 'membership', 'still here');
  await world.timeline.advance(5);
  expect(node.mesh.counters.failures).toBe(0);
});
