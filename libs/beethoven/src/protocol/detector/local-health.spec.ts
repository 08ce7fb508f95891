import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LocalHealth } from './local-health.js';

describe('the health of a node', () => {
  it('is good at first, suffers with each miss, and recovers with each answer', () => {
    const health = new LocalHealth();
    expect(health.multiplier).toBe(1);
    health.worsen();
    health.worsen();
    expect(health.multiplier).toBe(3);
    health.improve();
    expect(health.multiplier).toBe(2);
  });

  it('stays between its bounds, and is well again after as many answers as the worst is bad', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (answers) => {
        const health = new LocalHealth();
        for (const answered of answers) {
          if (answered) health.improve();
          else health.worsen();
          expect(health.multiplier).toBeGreaterThanOrEqual(1);
          expect(health.multiplier).toBeLessThanOrEqual(9);
        }
        for (let i = 0; i < 8; i++) health.improve();
        expect(health.multiplier).toBe(1);
      }),
    );
  });
});
