import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busyScore, busyTerm } from './busy-score.js';

const anyType = fc.constantFrom('percent', 'count', 'preProcessed');

describe('the busy score', () => {
  it.each([
    [0, 1],
    [25, 3.49034296],
    [50, 12.18249396],
    [75, 42.521082],
    [90, 90.0171313],
    [100, 148.4131591],
  ])('makes of the percentage %d, at weight 1, %d', (percent, score) => {
    expect(busyScore([busyTerm('percent', 1, percent)])).toBe(score);
  });

  it('weighs percentages and counts, and takes preProcessed terms as they are', () => {
    const terms = [
      busyTerm('percent', 10, 0),
      busyTerm('count', 0.1, 3),
      busyTerm('preProcessed', 99, 0.5),
    ];
    expect(busyScore(terms)).toBe(10.8);
  });

  it('clamps a percentage to 0 to 100', () => {
    expect(busyTerm('percent', 2, -40)).toBe(busyTerm('percent', 2, 0));
    expect(busyTerm('percent', 2, 1e9)).toBe(busyTerm('percent', 2, 100));
  });

  it('is 0 without signals', () => {
    expect(busyScore([])).toBe(0);
  });

  it('rounds to 8 decimals', () => {
    expect(busyScore([0.123456784, 0.000000001])).toBe(0.12345679);
  });

  it('does not depend on the order of the terms, beyond the last decimal', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true })), (terms) => {
        expect(busyScore(terms.toReversed())).toBeCloseTo(busyScore(terms), 7);
      }),
    );
  });

  it('never falls when a percentage or a count rises', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('percent' as const, 'count' as const),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (type, a, b, weight) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(busyTerm(type, weight, low)).toBeLessThanOrEqual(busyTerm(type, weight, high));
        },
      ),
    );
  });

  it('stays a finite number, whatever is sent', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyType, finite.map(Math.abs), finite), { maxLength: 1_000 }),
        (signals) => {
          const terms = signals.map(([type, weight, data]) => busyTerm(type, weight, data));
          expect(busyScore(terms)).toSatisfy(Number.isFinite);
        },
      ),
    );
  });
});
