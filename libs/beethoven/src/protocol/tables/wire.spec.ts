import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../network/codec.js';
import type { TableMessage } from './messages.js';
import { fromWire, toWire } from './wire.js';

const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text !== '__proto__');
const count = fc.nat();
const place = fc.integer({ min: 1, max: 2 ** 40 });
const key = fc.oneof(fc.string(), fc.integer(), fc.double({ min: 0.1, max: 1e300, noNaN: true }));
const row = fc.dictionary(
  fc.constantFrom('id', 'value', 'other'),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  { noNullPrototype: true },
);
const vector = fc.array(fc.tuple(name, place)).map((pairs) => new Map(pairs));
const rows = fc
  .tuple(
    fc.uniqueArray(name, { minLength: 1 }),
    fc.array(fc.tuple(key, fc.option(row), place, fc.nat(), fc.nat(), place)),
  )
  .map(([names, list]) => ({
    names,
    cells: list.flatMap(([k, value, time, writer, origin, seq]) => [
      k,
      value,
      time,
      writer % names.length,
      origin % names.length,
      seq,
    ]),
  }));
const decided = fc.array(
  fc.record({
    client: name,
    number: count,
    settled: count,
    attempt: count,
    origin: name,
    seq: place,
  }),
);
const tickets = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.nat())
  .map(([first, more]) => ({ first, last: first + more }));
const end = fc.record({ seen: vector, horizon: vector, floor: place, decided, claim: count });
const chunk = {
  kind: fc.constant('chunk' as const),
  table: name,
  session: count,
  index: count,
  rows,
};
const scope = fc.constantFrom('some' as const, 'all' as const, 'again' as const, 'answer' as const);
const reads = fc.array(
  fc.oneof(
    fc.record({ key, time: place, writer: name }),
    fc.record({ key, time: fc.constant(0), writer: fc.constant('') }),
  ),
);
const writes = fc.array(fc.record({ key, row: fc.option(row, { nil: undefined }) }));
const messages: fc.Arbitrary<TableMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('vectors' as const),
    tables: fc.array(fc.record({ name, seen: vector, definition: fc.string() })),
    complete: fc.boolean(),
    answer: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('summary' as const),
    tables: fc.array(fc.record({ name, digest: count, contents: count })),
  }),
  fc.record({
    kind: fc.constant('batch' as const),
    table: name,
    from: fc.constant(7),
    to: fc.constant(9),
    rows,
    confirm: fc.option(tickets, { nil: undefined }),
    decided,
    after: vector,
  }),
  fc.record({ ...chunk, scope }),
  fc.record({ ...chunk, scope, end }),
  fc.record({ kind: fc.constant('more' as const), table: name, session: count, index: count }),
  fc.record({ kind: fc.constant('ack' as const), tickets, outdone: count }),
  fc.record({
    kind: fc.constant('commit' as const),
    table: name,
    number: count,
    attempt: count,
    settled: count,
    time: place,
    reads,
    foreseen: fc.array(fc.record({ key, number: count, attempt: count })),
    count: fc.integer({ min: -1, max: 100 }),
    writes,
  }),
  fc.record({
    kind: fc.constant('outcome' as const),
    number: count,
    attempt: count,
    outcome: fc.constantFrom('committed' as const, 'conflict' as const, 'elsewhere' as const),
  }),
  fc.record({ kind: fc.constant('claim' as const), table: name, number: count, seen: vector }),
);

describe('a message between tables', () => {
  it('arrives as it was sent', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(fromWire(decode(encode(toWire(message))))).toEqual(message);
      }),
    );
  });

  it('is nothing when it makes no sense, and never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (nonsense) => {
        expect(fromWire(nonsense)).toBeUndefined();
      }),
    );
  });

  it('never throws with any one part replaced', () => {
    const damaged = fc.tuple(messages, fc.nat(20), fc.anything());
    fc.assert(
      fc.property(damaged, ([message, at, value]) => {
        const wire = toWire(message);
        wire[at % wire.length] = value;
        expect(() => fromWire(wire)).not.toThrow();
      }),
    );
  });

  it('is refused with a name that is too long, or a run that ends before it begins', () => {
    const batch = (names: unknown, from: number) =>
      fromWire([2, 't', from, 2, names, [[], []], 0, 0, [], []]);
    expect(batch(['a'], 2)).toBeDefined();
    expect(batch(['x'.repeat(600)], 2)).toBeUndefined();
    expect(batch(['a'], 3)).toBeUndefined();
  });
});
