import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.js';

const numbers = (seed: number, count: number): number[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.float());
};

describe('seeded chance', () => {
  it('repeats itself for one seed and differs between neighbours', () => {
    expect(numbers(7, 100)).toEqual(numbers(7, 100));
    const firsts = [0, 1, 2, 3, 4, 5, 6, 7].map((seed) => numbers(seed, 1)[0]!);
    expect(Math.max(...firsts) - Math.min(...firsts)).toBeGreaterThan(0.3);
  });

  it('is even over [0, 1)', () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (const number of numbers(1, 10_000)) buckets[Math.floor(number * 10)]!++;
    for (const bucket of buckets) {
      expect(bucket).toBeGreaterThan(850);
      expect(bucket).toBeLessThan(1_150);
    }
  });
});
