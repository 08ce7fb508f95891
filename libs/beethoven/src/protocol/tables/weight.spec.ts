import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../network/codec.js';
import { weigh } from './weight.js';

describe('the weight of a value', () => {
  it('is about the bytes of its message, where it is text without accents', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme-ascii' }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const { length } = encode(value);
        expect(weigh(value)).toBeGreaterThanOrEqual(length);
        expect(weigh(value)).toBeLessThan(length * 9 + 9);
      }),
    );
  });

  it('is there for everything that arrives as it was sent', () => {
    for (const value of ['text', 1.5, true, null, [1, { a: [2] }], { a: { b: 'c' } }]) {
      expect(weigh(value)).toBeGreaterThan(0);
      expect(decode(encode(value))).toEqual(value);
    }
    expect(weigh(new Uint8Array(100))).toBe(108);
  });

  it('is NaN for what cannot travel, however deep inside', () => {
    class Point {}
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const own = Object.defineProperty({}, '__proto__', { value: 1, enumerable: true });
    for (const value of [
      new Date(),
      new Map(),
      new Point(),
      () => 1,
      Symbol('s'),
      1n,
      circle,
      own,
      /x/,
    ]) {
      expect(weigh(value)).toBeNaN();
      expect(weigh({ a: [{ b: value }] })).toBeNaN();
    }
  });
});
