import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidDegradationError } from '../errors/invalid-degradation.error.js';
import { Conditions, type Degradation } from './degradation.js';
import { SeededRandom } from './seeded-random.js';

const draw = (degradation: Degradation, count: number, seed = 1): number[] => {
  const conditions = new Conditions(degradation, new SeededRandom(seed));
  return Array.from({ length: count }, () => conditions.latency()).toSorted((a, b) => a - b);
};

describe('latency', () => {
  it('stays in its even range', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.integer(), (min, width, seed) => {
        const drawn = draw({ latency: [min, min + width] }, 20, seed);
        expect(drawn[0]).toBeGreaterThanOrEqual(min);
        expect(drawn.at(-1)).toBeLessThanOrEqual(min + width);
      }),
    );
  });

  it('with a long tail has the median and the percentile that were asked for', () => {
    const drawn = draw({ latency: { median: 5, p99: 80 } }, 20_000);
    expect(drawn[10_000]).toBeCloseTo(5, 0);
    expect(drawn[19_800]).toBeGreaterThan(70);
    expect(drawn[19_800]).toBeLessThan(90);
    expect(drawn.at(-1)).toBeGreaterThan(200);
    expect(drawn[0]).toBeGreaterThan(0);
  });

  it('is up to 50 ms more for what is held back', () => {
    const drawn = draw({ latency: [1, 1], reordering: 0.25 }, 4_000);
    const late = drawn.filter((each) => each > 1);
    expect(late.length / drawn.length).toBeCloseTo(0.25, 1);
    expect(late.at(-1)).toBeLessThan(51);
  });
});

describe('weather that cannot be', () => {
  it.each<Degradation>([
    { loss: 1 },
    { loss: -0.1 },
    { loss: NaN },
    { duplication: 1.1 },
    { reordering: -1 },
    { latency: [5, 1] },
    { latency: [-1, 1] },
    { latency: [0, Infinity] },
    { latency: { median: 0, p99: 5 } },
    { latency: { median: 9, p99: 5 } },
  ])('%j is refused', (degradation) => {
    expect(() => draw(degradation, 1)).toThrow(InvalidDegradationError);
  });
});
