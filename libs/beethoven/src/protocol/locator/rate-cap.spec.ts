import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BURST, RateCap, SHORTEST_GAP } from './rate-cap.js';

/** Calls whenever there is room, as much as there is room for, at times that somebody else chose. */
function callsAt(pauses: readonly number[]): number[] {
  const cap = new RateCap();
  const calls: number[] = [];
  let now = 0;
  for (const pause of pauses) {
    now += pause;
    const room = cap.room(now);
    cap.spend(now, room);
    for (let call = 0; call < room; call++) calls.push(now);
  }
  return calls;
}

const pauses = fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { maxLength: 300 });

describe('the rate cap', () => {
  it('has room for a burst at first, and again a second after it was used', () => {
    expect(callsAt([0, 1, 998, 1])).toHaveLength(2 * BURST);
    expect(callsAt([0, 1, 998, 1]).slice(BURST)).toContain(1_000);
  });

  it('never lets more calls through than one each 100 ms and a burst', () => {
    fc.assert(
      fc.property(pauses, (times) => {
        const calls = callsAt(times);
        for (const [index, at] of calls.entries()) {
          const since = calls.filter((other, place) => place <= index && other > at - 10_000);
          expect(since.length).toBeLessThanOrEqual(10_000 / SHORTEST_GAP + BURST);
        }
      }),
    );
  });

  it('has room after the wait that it names, and not before', () => {
    fc.assert(
      fc.property(pauses, fc.double({ min: 0, max: 500, noNaN: true }), (times, later) => {
        const cap = new RateCap();
        let now = 0;
        for (const pause of times) {
          now += pause;
          cap.spend(now, Math.max(0, cap.room(now)));
        }
        now += later;
        const wait = cap.wait(now);
        expect(cap.room(now + wait)).toBeGreaterThanOrEqual(1);
        if (wait > 1) expect(cap.room(now + wait - 1.001)).toBeLessThan(1);
      }),
    );
  });
});
