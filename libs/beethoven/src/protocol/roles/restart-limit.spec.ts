import { describe, expect, it } from 'vitest';
import { RestartLimit } from './restart-limit.js';

describe('a restart limit', () => {
  it('allows its number of restarts in any span, and no more', () => {
    const limit = new RestartLimit({ maxRestarts: 3, within: 5_000 });
    expect([0, 1, 2, 3].map((now) => limit.allows(now))).toEqual([true, true, true, false]);
  });

  it('forgets a restart once its span is over', () => {
    const limit = new RestartLimit({ maxRestarts: 1, within: 5_000 });
    expect([0, 4_999, 5_000].map((now) => limit.allows(now))).toEqual([true, false, true]);
  });

  it('of 0 allows none', () => {
    expect(new RestartLimit({ maxRestarts: 0, within: 5_000 }).allows(0)).toBe(false);
  });
});
