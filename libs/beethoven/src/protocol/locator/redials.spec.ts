import { beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { FIRST_PAUSE, LAST_PAUSE, MAX_TARGETS, Redials } from './redials.js';
import type { Target } from './target.js';

const target = (last: number): Target => ({ host: `10.0.0.${last}`, port: 33_000 });
const unreached = (): boolean => false;

describe('redials', () => {
  let redials: Redials;
  beforeEach(() => {
    redials = new Redials(new SeededRandom(1));
  });

  /** The pauses between the first dials of one target, when every one of them fails. */
  function pauses(count: number): number[] {
    const found: number[] = [];
    let now = 0;
    for (let i = 0; i < count; i++) {
      found.push(redials.dueAt - now);
      now = redials.dueAt;
      expect(redials.take(now, unreached)).toEqual(target(1));
    }
    return found;
  }

  it('pause for longer each time, up to ten seconds', () => {
    redials.keep([target(1)], 0);
    const full = [FIRST_PAUSE, 2_000, 4_000, 8_000, LAST_PAUSE, LAST_PAUSE];
    for (const [index, pause] of pauses(6).entries()) {
      expect(pause).toBeGreaterThanOrEqual(full[index]! * 0.75);
      expect(pause).toBeLessThanOrEqual(full[index]!);
    }
  });

  it('are never early', () => {
    redials.keep([target(1)], 0);
    expect(redials.take(redials.dueAt - 1, unreached)).toBeUndefined();
  });

  it('keep their pause while the target stays, and start afresh once it was gone', () => {
    redials.keep([target(1)], 0);
    pauses(5);
    const { dueAt } = redials;
    redials.keep([target(1), target(1)], 40_000);
    expect(redials.dueAt).toBe(dueAt);

    redials.keep([], 40_000);
    expect(redials.dueAt).toBe(Infinity);
    redials.keep([target(1)], 40_000);
    expect(redials.dueAt).toBeLessThanOrEqual(41_000);
  });

  it('leave out a target that is reached, and are quick again once it is lost', () => {
    redials.keep([target(1)], 0);
    pauses(5);
    expect(redials.take(100_000, () => true)).toBeUndefined();
    expect(redials.dueAt).toBeLessThanOrEqual(101_000);
    expect(redials.take(101_000, unreached)).toEqual(target(1));
  });

  it('take the one that is overdue the longest first', () => {
    redials.keep([target(1)], 0);
    redials.keep([target(1), target(2)], 5_000);
    expect(redials.take(10_000, unreached)).toEqual(target(1));
    expect(redials.take(10_000, unreached)).toEqual(target(2));
    expect(redials.take(10_000, unreached)).toBeUndefined();
  });

  it('spread targets that were lost together', () => {
    redials.keep(
      Array.from({ length: 100 }, (_, last) => target(last)),
      0,
    );
    const half = Array.from({ length: 100 }, () => redials.take(875, unreached)).filter(Boolean);
    expect(half.length).toBeGreaterThan(30);
    expect(half.length).toBeLessThan(70);
  });

  it('remember no more than they may', () => {
    redials.keep(
      Array.from({ length: MAX_TARGETS + 10 }, (_, port) => ({ host: '10.0.0.1', port })),
      0,
    );
    let taken = 0;
    while (redials.take(1_000, unreached) !== undefined) taken++;
    expect(taken).toBe(MAX_TARGETS);
  });
});
