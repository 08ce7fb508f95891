import { describe, expect, it } from 'vitest';
import { Bars, FIRST_BAR, LONGEST_BAR } from './bars.js';

describe('a bar', () => {
  it('ends by itself', () => {
    const bars = new Bars();
    bars.add('mail', 1_000);
    expect(bars.nextEnd(1_000)).toBe(1_000 + FIRST_BAR);
    expect(bars.has('mail', 999 + FIRST_BAR)).toBe(true);
    expect(bars.has('mail', 1_000 + FIRST_BAR)).toBe(false);
    expect(bars.nextEnd(1_000 + FIRST_BAR)).toBe(Infinity);
  });

  it('concerns its role alone', () => {
    const bars = new Bars();
    bars.add('mail', 0);
    expect(bars.has('reports', 1)).toBe(false);
  });

  it('doubles each time the role fails again, up to the longest', () => {
    const bars = new Bars();
    const spans: number[] = [];
    for (let now = 0; spans.length < 7; now += spans.at(-1)!) spans.push(bars.add('mail', now));
    expect(spans).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, LONGEST_BAR]);
  });

  it('is short again after a long good conduct', () => {
    const bars = new Bars();
    bars.add('mail', 0);
    bars.add('mail', FIRST_BAR);
    expect(bars.add('mail', 3 * FIRST_BAR + LONGEST_BAR)).toBe(FIRST_BAR);
  });
});
