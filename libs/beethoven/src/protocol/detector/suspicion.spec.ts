import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Suspicion, suspicionBounds } from './suspicion.js';

const bounds = { min: 400, max: 1_200, expected: 3 };

describe('a suspicion', () => {
  it('lasts its longest while one member alone suspects', () => {
    expect(new Suspicion(bounds, 1_000, 'a').deadline).toBe(2_200);
  });

  it('lasts its shortest once everyone expected has confirmed', () => {
    const suspicion = new Suspicion(bounds, 1_000, 'a');
    for (const accuser of ['b', 'c', 'd']) suspicion.confirm(accuser);
    expect(suspicion.deadline).toBe(1_400);
  });

  it('lasts its shortest where nobody could confirm', () => {
    expect(new Suspicion({ ...bounds, expected: 0 }, 1_000, 'a').deadline).toBe(1_400);
  });

  it('counts each accuser once, and no more of them than expected', () => {
    const suspicion = new Suspicion(bounds, 0, 'a');
    const counted = ['a', 'b', 'b', 'c', 'd', 'e'].map((accuser) => suspicion.confirm(accuser));
    expect(counted).toEqual([false, true, false, true, true, false]);
  });

  it('never moves its deadline away, whoever accuses', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (accusers) => {
        const suspicion = new Suspicion(bounds, 0, 'a');
        let before = suspicion.deadline;
        for (const accuser of accusers) {
          suspicion.confirm(accuser);
          expect(suspicion.deadline).toBeLessThanOrEqual(before);
          expect(suspicion.deadline).toBeGreaterThanOrEqual(bounds.min);
          before = suspicion.deadline;
        }
      }),
    );
  });

  it('gives the time back in which its node did not listen', () => {
    const suspicion = new Suspicion(bounds, 1_000, 'a');
    suspicion.postpone(5_000);
    expect(suspicion.deadline).toBe(7_200);
  });
});

describe('the time that a suspect has', () => {
  it('is four intervals in a small cluster, and grows with the logarithm of a large one', () => {
    expect(suspicionBounds(5, 4, 500)).toEqual({ min: 2_000, max: 6_000, expected: 3 });
    expect(suspicionBounds(1_000, 4, 500).min).toBeCloseTo(6_000);
  });

  it('does not wait for confirmations from members that are not there', () => {
    expect([2, 3, 4, 5, 50].map((n) => suspicionBounds(n, 4, 500).expected)).toEqual([
      0, 1, 2, 3, 3,
    ]);
  });
});
