import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow, WINDOW } from './replay-window.js';

describe('a replay window', () => {
  it('takes no number twice, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 * WINDOW })), (numbers) => {
        const window = new ReplayWindow();
        const taken = numbers.filter((number) => window.take(number));
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });

  it('takes every number that is not older than the window', () => {
    const order = fc.shuffledSubarray([...Array(WINDOW).keys()]);
    fc.assert(
      fc.property(order, (numbers) => {
        const window = new ReplayWindow();
        for (const number of numbers) expect(window.take(1e15 + number)).toBe(true);
      }),
    );
  });

  it('takes nothing that is older', () => {
    const window = new ReplayWindow();
    window.take(1_000);
    expect(window.take(1_000 - WINDOW)).toBe(false);
    expect(window.take(1_001 - WINDOW)).toBe(true);
    window.take(2_000);
    expect(window.take(1_001)).toBe(false);
  });
});
