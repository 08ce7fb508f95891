import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HybridClock, LAST_STAMP } from './hybrid-clock.js';

const NOW = Date.UTC(2026, 0, 1);
const ticks = (ms: number): number => ms * 4_096;

describe('a hybrid clock', () => {
  it('stamps later than before, whatever the time does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10_000, max: 10_000 })), (steps) => {
        const clock = new HybridClock();
        let last = 0;
        let now = NOW;
        for (const step of steps) {
          now += step;
          const stamp = clock.stamp(now);
          expect(stamp).toBeGreaterThan(last);
          expect(Number.isSafeInteger(stamp)).toBe(true);
          last = stamp;
        }
      }),
    );
  });

  it('follows the time when that is ahead', () => {
    const clock = new HybridClock();
    const before = clock.stamp(NOW);
    expect(clock.stamp(NOW + 10) - before).toBe(ticks(10));
  });

  it('stamps above what it has seen', () => {
    const [fast, slow] = [new HybridClock(), new HybridClock()];
    const seen = fast.stamp(NOW + 30_000);
    slow.observe(seen, NOW);
    expect(slow.stamp(NOW)).toBe(seen + 1);
  });

  it('follows an absurd clock for a minute at most', () => {
    const clock = new HybridClock();
    const now = clock.stamp(NOW);
    clock.observe(now + ticks(3_600_000), NOW);
    expect(clock.stamp(NOW) - now).toBe(ticks(60_000) + 1);
  });

  it('stamps above a row with an absurd stamp all the same, that row alone', () => {
    const clock = new HybridClock();
    const absurd = clock.stamp(NOW) + ticks(3_600_000);
    expect(clock.stamp(NOW, absurd)).toBe(absurd + 1);
    expect(clock.stamp(NOW)).toBeLessThan(absurd);
  });

  it('never passes the last stamp there is', () => {
    expect(new HybridClock().stamp(NOW, LAST_STAMP)).toBe(LAST_STAMP);
  });
});
