import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Rhythm } from './rhythm.js';

it('the rhythm tells to the millisecond which turn it is, on all nodes alike', () => {
  const intervals = fc.integer({ min: 50, max: 60_000 });
  fc.assert(
    fc.property(intervals, fc.nat(2 ** 36), (interval, turn) => {
      const rhythm = new Rhythm(interval);
      const at = rhythm.timeOf(turn);
      expect(rhythm.turnAt(at)).toBe(turn);
      expect(rhythm.turnAt(at - 1)).toBe(turn - 1);
      expect(rhythm.turnAt(at + interval - 1)).toBe(turn);
    }),
  );
});
