import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.js';

describe('deadlines', () => {
  it('fall due in their order, each item once, at its last deadline', () => {
    const entries = fc.array(fc.tuple(fc.nat(20), fc.nat(100), fc.boolean()));
    fc.assert(
      fc.property(entries, (list) => {
        const deadlines = new Deadlines<number>();
        const expected = new Map<number, number>();
        for (const [item, at, isKept] of list) {
          deadlines.set(item, at);
          expected.set(item, at);
          if (isKept) continue;
          deadlines.delete(item);
          expected.delete(item);
        }
        const taken: number[] = [];
        for (let item = deadlines.take(Infinity); item !== undefined;) {
          taken.push(item);
          item = deadlines.take(Infinity);
        }
        expect(taken.map((item) => expected.get(item))).toEqual(
          [...expected.values()].toSorted((a, b) => a - b),
        );
        expect(new Set(taken)).toEqual(new Set(expected.keys()));
      }),
    );
  });

  it('are not taken early', () => {
    const deadlines = new Deadlines<string>();
    expect(deadlines.next).toBe(Infinity);
    deadlines.set('a', 10);
    expect(deadlines.next).toBe(10);
    expect(deadlines.take(9)).toBeUndefined();
    expect(deadlines.take(10)).toBe('a');
    expect(deadlines.next).toBe(Infinity);
  });

  it('that move again and again do not pile up', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('first', 0);
    for (let i = 1; i < 10_000; i++) deadlines.set('a', i);
    expect(deadlines.size).toBe(2);
    expect(deadlines.stored).toBeLessThan(70);
  });
});
