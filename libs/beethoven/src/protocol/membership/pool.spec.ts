import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { Pool } from './pool.js';

const itemOf = (value: number) => ({ value, place: -1 });
type Item = ReturnType<typeof itemOf>;

function poolOf(size: number, seed = 1) {
  const pool = new Pool<Item>(new SeededRandom(seed));
  const items = Array.from({ length: size }, (_, value) => itemOf(value));
  for (const item of items) pool.add(item);
  return { pool, items };
}

const all = (): boolean => true;
const even = ({ value }: Item): boolean => value % 2 === 0;
const sorted = (items: readonly Item[]): number[] =>
  items.map(({ value }) => value).toSorted((a, b) => a - b);

describe('the pool', () => {
  it('holds those that were added and not taken out, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(12))), fc.integer(), (steps, seed) => {
        const { items } = poolOf(0);
        for (let value = 0; value <= 12; value++) items.push(itemOf(value));
        const pool = new Pool<Item>(new SeededRandom(seed));
        const present = new Set<number>();
        for (const [isAdded, value] of steps) {
          if (isAdded) pool.add(items[value]!);
          else pool.delete(items[value]!);
          if (isAdded) present.add(value);
          else present.delete(value);
        }
        expect(pool.size).toBe(present.size);
        expect(sorted(pool.sample(13, all))).toEqual([...present].toSorted((a, b) => a - b));
      }),
    );
  });

  it('gives different ones that fit, and all of them where few are asked for more', () => {
    const { pool } = poolOf(6);
    expect(sorted(pool.sample(9, even))).toEqual([0, 2, 4]);
    expect(new Set(pool.sample(3, all)).size).toBe(3);
    expect(pool.sample(0, even)).toEqual([]);
    expect(poolOf(0).pool.sample(3, all)).toEqual([]);
  });

  it('does not keep the order in which they came', () => {
    const orders = Array.from({ length: 20 }, (_, seed) =>
      String(
        poolOf(6, seed)
          .pool.sample(6, all)
          .map(({ value }) => value),
      ),
    );
    expect(new Set(orders).size).toBeGreaterThan(10);
  });

  it('looks at no more than a stretch of many', () => {
    const { pool } = poolOf(10_000);
    let looks = 0;
    pool.sample(3, () => ++looks < 0);
    expect(looks).toBeLessThan(100);
  });
});
