import { expect, it } from 'vitest';
import { anchor, clockAnchoredTo, systemClock } from './system-clock.js';

it('is told alike by another thread, whatever the wall clock was when that one started', () => {
  const { time, monotonic } = anchor();
  const now = systemClock.now();
  expect(Math.abs(clockAnchoredTo({ time, monotonic }).now() - now)).toBeLessThan(100);
  const stepped = clockAnchoredTo({ time: time - 3_600_000, monotonic }).now();
  expect(Math.abs(stepped + 3_600_000 - now)).toBeLessThan(100);
});
