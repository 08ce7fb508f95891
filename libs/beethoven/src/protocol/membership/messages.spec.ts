import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerCard } from '../terms.js';
import { cardOf } from './membership.fixture.js';
import { PARTS } from './digest.js';
import type { Rumor } from './member-state.js';
import { encodeBeat } from '../detector/beat.js';
import { MAX_RUMORS, fromWire, toWire, type Message } from './messages.js';

const count = fc.maxSafeNat();
const name = fc.stringMatching(/^[\w@ äöü-]{1,40}$/);
const id = fc
  .tuple(name, fc.ipV4(), fc.integer({ min: 1, max: 65_535 }))
  .map(([text, address, port]) => `${text}@${address}:${port}`);
const moment = fc.double({ min: 0, max: 8e15, noNaN: true }).map((n) => n + 0);
const label = fc.stringMatching(/^[\w .:/-]{0,20}$/);
const card: fc.Arbitrary<PeerCard> = fc.record({
  id,
  incarnation: count,
  startedAt: moment,
  labels: fc.dictionary(label, label, { maxKeys: 5, noNullPrototype: true }),
});
const phase = fc.integer({ min: 1, max: 0xffff_ffff });
const rumors = fc.array(
  fc.oneof<fc.Arbitrary<Rumor>[]>(
    fc.record({ card, status: fc.constantFrom('alive', 'suspect', 'down', 'left') }),
    fc.record({ card, status: fc.constantFrom('alive', 'suspect'), phase }),
    fc.record({ card, status: fc.constant('suspect' as const), accuser: id }),
    fc.record({ card, status: fc.constantFrom('down', 'left'), age: moment }),
  ),
  { maxLength: 4 },
);
const parts = fc.array(count, { maxLength: PARTS });
const BEAT = encodeBeat(7, {
  kind: 'ping',
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

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('beat' as const), bytes: fc.constant(BEAT) }),
  fc.record({ kind: fc.constant('rumors' as const), rumors }),
  fc.record({ kind: fc.constant('view' as const), rumors, wants: parts }),
  fc.record({ kind: fc.constant('digest' as const), digest: count }),
  fc.record({ kind: fc.constant('digests' as const), digests: parts }),
);

describe('a message', () => {
  it('arrives as it was sent', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(fromWire(structuredClone(toWire(message)))).toEqual(message);
      }),
    );
  });

  it('may be anything at all, and then is none', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(fromWire(value)).toBeUndefined();
      }),
    );
  });

  it('with any one part replaced is refused, or is another message that makes sense', () => {
    fc.assert(
      fc.property(messages, fc.nat(3), fc.anything(), (message, place, value) => {
        const wire = toWire(message);
        wire[place] = value;
        const result = fromWire(wire);
        expect(result === undefined || fromWire(toWire(result)) !== undefined).toBe(true);
      }),
    );
  });
});

const { id: a, incarnation, startedAt } = cardOf('a');
const many = (length: number): unknown[] =>
  Array.from({ length }, () => [a, incarnation, 0, startedAt, {}, 0]);

const faults: [string, unknown][] = [
  ['no list', 'a'],
  ['an id that is none', ['a', incarnation, 0, startedAt, {}, 0]],
  ['an id with a port that is none', ['a@10.0.0.1:65536', incarnation, 0, startedAt, {}, 0]],
  ['an id with port 0', ['a@10.0.0.1:0', incarnation, 0, startedAt, {}, 0]],
  ['an id of two lines', ['a\nb@10.0.0.1:1', incarnation, 0, startedAt, {}, 0]],
  [
    'an id of 256 characters',
    [`${'a'.repeat(241)}@10.0.0.1:33000`, incarnation, 0, startedAt, {}, 0],
  ],
  ['a negative incarnation', [a, -1, 0, startedAt, {}, 0]],
  ['an incarnation with a fraction', [a, 1.5, 0, startedAt, {}, 0]],
  ['an incarnation that cannot be raised exactly', [a, 2 ** 53, 0, startedAt, {}, 0]],
  ['a status nobody knows', [a, incarnation, 4, startedAt, {}, 0]],
  ['a start that is no number', [a, incarnation, 0, Number.NaN, {}]],
  ['a start without end', [a, incarnation, 0, Infinity, {}]],
  ['no labels', [a, incarnation, 0, startedAt, undefined, 0]],
  ['no phase', [a, incarnation, 0, startedAt, {}]],
  ['a phase that no beat carries', [a, incarnation, 0, startedAt, {}, 2 ** 32]],
  ['labels in a list', [a, incarnation, 0, startedAt, ['x'], 0]],
  ['a label that is no text', [a, incarnation, 0, startedAt, { zone: 7 }, 0]],
  ['a label of two lines', [a, incarnation, 0, startedAt, { zone: 'a\nb' }, 0]],
  ['a label of 257 characters', [a, incarnation, 0, startedAt, { zone: 'x'.repeat(257) }, 0]],
  [
    '33 labels',
    [
      a,
      incarnation,
      0,
      startedAt,
      Object.fromEntries(Array.from({ length: 33 }, (_, i) => [i, ''])),
      0,
    ],
  ],
  ['an accuser that is none', [a, incarnation, 1, startedAt, {}, 0, 'x']],
  ['an accuser of one that nobody suspects', [a, incarnation, 0, startedAt, {}, 0, a]],
  ['an age below zero', [a, incarnation, 2, startedAt, {}, 0, -1]],
];

describe('a rumour', () => {
  it.each(faults)('with %s spoils its message', (_fault, wire) => {
    const good = [a, incarnation, 0, startedAt, {}, 0];
    expect(fromWire([1, [good]])).toBeDefined();
    expect(fromWire([1, [good, wire]])).toBeUndefined();
  });

  it('cannot reach a prototype through its labels', () => {
    const labels: unknown = JSON.parse('{"__proto__":"polluted"}');
    const message = fromWire([1, [[a, incarnation, 0, startedAt, labels, 0]]]);
    const told = message?.kind === 'rumors' ? message.rumors[0]?.card.labels : undefined;
    expect(Object.getPrototypeOf(told)).toBe(Object.prototype);
    expect(Object.keys(told ?? {})).toEqual(['__proto__']);
  });

  it('is one of a limited number in a message', () => {
    expect(fromWire([1, many(MAX_RUMORS)])).toBeDefined();
    expect(fromWire([1, many(MAX_RUMORS + 1)])).toBeUndefined();
  });
});
