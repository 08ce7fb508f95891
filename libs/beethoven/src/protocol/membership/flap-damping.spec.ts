import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_HOLD, FlapDamping, HALF_LIFE, LONGEST_HOLD } from './flap-damping.js';

const MEMBERS = 10;

/** Falls so often, ten seconds apart, and gives the hold-down after each return. */
function holds(damping: FlapDamping, times: number, id = 'a'): number[] {
  return Array.from({ length: times }, (_, i) => {
    damping.fell(i * 10_000, id);
    return damping.cameBack(i * 10_000 + 1_000, id, MEMBERS);
  });
}

describe('a member that falls and comes back', () => {
  it('is trusted at once the first time', () => {
    expect(holds(new FlapDamping(), 1)).toEqual([0]);
  });

  it('is held down longer and longer when it flaps, and never longer than the limit', () => {
    const spans = holds(new FlapDamping(), 12);
    expect(spans[1]).toBe(FIRST_HOLD);
    expect(spans).toEqual(spans.toSorted((a, b) => a - b));
    expect(spans.at(-1)).toBe(LONGEST_HOLD);
  });

  it('is trusted at once again when it has been well for some time', () => {
    const damping = new FlapDamping();
    holds(damping, 4);
    const later = 30_000 + 4 * HALF_LIFE;
    damping.fell(later, 'a');
    expect(damping.cameBack(later + 1_000, 'a', MEMBERS)).toBe(0);
  });

  it('is not held down by a node that lost half of the cluster: it was away itself', () => {
    const damping = new FlapDamping();
    for (let round = 0; round < 3; round++)
      for (let i = 0; i < MEMBERS / 2; i++) damping.fell(round * 10_000, `n${i}`);
    expect(damping.cameBack(21_000, 'n0', MEMBERS)).toBe(0);
    expect(damping.cameBack(21_000, 'n0', MEMBERS + 1)).toBeGreaterThan(0);
  });

  it('is held down again when what the node lost is long enough ago', () => {
    const damping = new FlapDamping();
    for (let i = 0; i < MEMBERS; i++) damping.fell(0, `n${i}`);
    for (const at of [HALF_LIFE, HALF_LIFE + 1]) damping.fell(at, 'a');
    expect(damping.cameBack(HALF_LIFE, 'a', MEMBERS)).toBe(0);
    expect(damping.cameBack(HALF_LIFE + 1, 'a', MEMBERS)).toBe(FIRST_HOLD);
  });

  it('never makes the hold-down of another longer, nor its own negative', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.constantFrom('a', 'b'), wait: fc.nat(90_000) })),
        (falls) => {
          const [both, alone] = [new FlapDamping(), new FlapDamping()];
          let now = 0;
          for (const { id, wait } of falls) {
            now += wait;
            both.fell(now, id);
            if (id === 'a') alone.fell(now, id);
          }
          const hold = both.cameBack(now, 'a', MEMBERS);
          expect(hold).toBe(alone.cameBack(now, 'a', MEMBERS));
          expect(hold).toBeGreaterThanOrEqual(0);
          expect(hold).toBeLessThanOrEqual(LONGEST_HOLD);
        },
      ),
    );
  });
});
