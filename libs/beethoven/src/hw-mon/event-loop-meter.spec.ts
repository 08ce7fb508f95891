import { afterEach, describe, expect, it } from 'vitest';
import { EventLoopMeter } from './event-loop-meter.js';

/** What `monitorEventLoopDelay` reports: the longest interval between two looks 500 ms apart (ns). */
class Intervals {
  max = 0;
  resets = 0;
  enable = (): boolean => true;
  disable = (): boolean => true;
  reset(): void {
    this.max = 0;
    this.resets++;
  }
}

describe('the event loop meter', () => {
  it('tells by how much the longest interval was too long, once', () => {
    const intervals = new Intervals();
    const meter = new EventLoopMeter(intervals);
    intervals.max = 1_100e6;
    expect(meter.read().delay).toBe(600);
    expect(meter.read().delay).toBe(0);
  });

  it('takes the jitter of timers for what it is, and misses no interval for it', () => {
    const intervals = new Intervals();
    const meter = new EventLoopMeter(intervals);
    intervals.max = 509e6;
    expect(meter.read().delay).toBe(0);
    expect(intervals.resets).toBe(0);
  });

  describe('on this machine', () => {
    const meter = new EventLoopMeter();
    afterEach(() => meter.stop());

    it('reports figures that can be true', () => {
      meter.start();
      const { utilisation, delay } = meter.read();
      expect(utilisation).toBeGreaterThanOrEqual(0);
      expect(utilisation).toBeLessThanOrEqual(1);
      expect(delay).toBeGreaterThanOrEqual(0);
    });
  });
});
