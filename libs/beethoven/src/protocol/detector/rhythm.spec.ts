import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rhythm } from './rhythm.js';

const INTERVALS = fc.integer({ min: 50, max: 60_000 });
const KEYS = fc.nat(2 ** 53 - 1);
const TURNS = fc.nat(2 ** 36);

describe('the rhythm', () => {
  it('gives every member one moment in each turn', () => {
    fc.assert(
      fc.property(INTERVALS, KEYS, TURNS, (interval, key, turn) => {
        const at = new Rhythm(interval).timeOf(turn, key);
        expect(at).toBeGreaterThanOrEqual(turn * interval);
        expect(at).toBeLessThan((turn + 1) * interval);
      }),
    );
  });

  it('knows by the time which turn it is for a member, to the millisecond', () => {
    fc.assert(
      fc.property(INTERVALS, KEYS, TURNS, (interval, key, turn) => {
        const rhythm = new Rhythm(interval);
        const at = rhythm.timeOf(turn, key);
        expect(rhythm.turnAt(at, key)).toBe(turn);
        expect(rhythm.turnAt(at - 1, key)).toBe(turn - 1);
        expect(rhythm.turnAt(at + interval - 1, key)).toBe(turn);
      }),
    );
  });
});
