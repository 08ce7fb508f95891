import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../network/codec.js';
import { bagIdentity } from './bag-identity.js';
import type { Row } from './row.js';

const value = fc.anything({
  key: fc.string().filter((key) => key !== '__proto__'),
  maxDepth: 3,
  withNullPrototype: false,
  values: [
    fc.string({ unit: 'grapheme' }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array(),
  ],
});
const row = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { noNullPrototype: true });

describe('the identity of a row in a bag', () => {
  it('survives the way to another node', () => {
    fc.assert(
      fc.property(row, (one) => {
        expect(bagIdentity(decode(encode(one)) as Row)).toBe(bagIdentity(one));
      }),
    );
  });

  it('does not depend on the order of columns', () => {
    expect(bagIdentity({ a: 1, b: { c: 2, d: 3 } })).toBe(bagIdentity({ b: { d: 3, c: 2 }, a: 1 }));
  });

  it('is another for another type or content', () => {
    const rows: Row[] = [
      { a: 1 },
      { a: '1' },
      { a: [1] },
      { a: { 0: 1 } },
      { a: Uint8Array.of(1) },
      { a: null },
      { a: 'null' },
      { a: true },
      { a: undefined },
      { a: NaN },
      { b: 1 },
      {},
    ];
    expect(new Set(rows.map(bagIdentity)).size).toBe(rows.length);
  });
});
