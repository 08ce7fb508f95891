import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pulse } from './pulse.js';

it('says for how long the heartbeat thread is overdue, to two milliseconds, at any time', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 4e12, noNaN: true }),
      fc.integer({ min: -1e6, max: 1e6 }),
      (due, late) => {
        const pulse = new Pulse();
        pulse.due = due;
        const overdue = pulse.overdue(due + late);
        expect(Math.abs(overdue - Math.max(0, late))).toBeLessThanOrEqual(2);
      },
    ),
  );
});

it('says that nothing is overdue of a thread that does not run', () => {
  const pulse = new Pulse();
  expect(pulse.overdue(1e12)).toBe(0);
  pulse.due = 5;
  pulse.due = Infinity;
  expect(pulse.overdue(1e12)).toBe(0);
});
