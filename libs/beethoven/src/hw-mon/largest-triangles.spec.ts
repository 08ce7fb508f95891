import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestTriangles } from './largest-triangles.js';
import { TimeSeries } from './time-series.js';

const seriesOf = (values: readonly number[]): TimeSeries => {
  const series = new TimeSeries(values.length);
  for (const [at, value] of values.entries()) series.push(1.7e12 + at * 1_000, value);
  return series;
};

describe('the largest triangles of three buckets', () => {
  it('keep both ends and as many entries as asked for, in order', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), {
      minLength: 4,
      maxLength: 500,
    });
    fc.assert(
      fc.property(values, fc.nat(), (list, seed) => {
        const points = 3 + (seed % (list.length - 3));
        const chosen = largestTriangles(seriesOf(list), points);
        expect(chosen).toHaveLength(points);
        expect(chosen[0]).toBe(0);
        expect(chosen.at(-1)).toBe(list.length - 1);
        for (let i = 1; i < chosen.length; i++) expect(chosen[i]).toBeGreaterThan(chosen[i - 1]!);
      }),
    );
  });

  it('keep a lone peak wherever it is', () => {
    fc.assert(
      fc.property(fc.nat({ max: 997 }), (peak) => {
        const values = Array.from({ length: 1_000 }, (_, i) => (i === peak + 1 ? 100 : 1));
        expect(largestTriangles(seriesOf(values), 20)).toContain(peak + 1);
      }),
    );
  });
});
