import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardOf } from './membership.fixture.js';
import { STATUSES, isKnownLife, supersedes, type Standing } from './member-state.js';

interface Claim {
  readonly card: { readonly incarnation: number };
  readonly status: Standing;
}

const claims: fc.Arbitrary<Claim> = fc.record({
  card: fc.record({ incarnation: fc.nat(3) }),
  status: fc.constantFrom(...STATUSES),
});

const claim = (incarnation: number, status: Standing): Claim => ({
  card: { incarnation },
  status,
});

const merge = (a: Claim, b: Claim): Claim => (supersedes(b, a) ? b : a);

describe('what is believed of a member', () => {
  it('is the same whoever tells it first', () => {
    fc.assert(
      fc.property(claims, claims, (a, b) => {
        expect(merge(a, b)).toEqual(merge(b, a));
      }),
    );
  });

  it('is the same however the tellers are grouped', () => {
    fc.assert(
      fc.property(claims, claims, claims, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      }),
    );
  });

  it('is the same however often it is told', () => {
    fc.assert(
      fc.property(claims, claims, (a, b) => {
        expect(merge(merge(a, b), b)).toEqual(merge(a, b));
      }),
    );
  });

  it('gets worse within an incarnation, and better only with a higher one', () => {
    for (const [i, graver] of STATUSES.entries()) {
      for (const status of STATUSES.slice(0, i)) {
        expect(supersedes(claim(7, graver), claim(7, status))).toBe(true);
        expect(supersedes(claim(7, status), claim(7, graver))).toBe(false);
      }
      expect(supersedes(claim(8, 'alive'), claim(7, graver))).toBe(true);
      expect(supersedes(claim(7, 'left'), claim(8, graver))).toBe(false);
    }
  });

  it('ends with the life that it is about', () => {
    const card = cardOf('a', 1_000);
    const alive = { card, status: 'alive', phase: 0, lastChange: 0 } as const;
    expect(isKnownLife(alive, { ...card, incarnation: 5_000 })).toBe(true);
    expect(isKnownLife(alive, cardOf('a', 2_000))).toBe(false);
    expect(isKnownLife({ ...alive, status: 'down' }, card)).toBe(false);
    expect(isKnownLife(undefined, card)).toBe(false);
  });
});
