import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MainWatch } from './main-watch.js';

/** Looks every 100 ms, from 100 on, at a main thread that counts these turns, and answers each poke where it does. */
function watch(spans: readonly { readonly for: number; readonly runs: boolean }[]) {
  const eye = new MainWatch(0, 0, 0);
  const looks = [];
  let [now, turns] = [0, 0];
  let isAsked = false;
  for (const span of spans) {
    for (const end = now + span.for; now < end;) {
      now += 100;
      if (span.runs && isAsked) {
        turns++;
        isAsked = false;
      }
      const look = eye.look(now, turns, false);
      isAsked ||= look.poke;
      looks.push({ now, ...look });
    }
  }
  return looks;
}

describe('the watch over a main thread', () => {
  it('wakes one that shows nothing about once a second, and no more', () => {
    const looks = watch([{ for: 60_000, runs: true }]);
    expect(looks.filter(({ poke }) => poke).length).toBeLessThan(60);
    expect(looks.filter(({ phase }) => phase > 0)).toEqual([]);
  });

  it('does not wake one that shows itself once a second', () => {
    const eye = new MainWatch(0, 0, 0);
    for (let now = 0; now < 60_000; now += 250) {
      const turns = Math.floor(now / 1_000);
      expect(eye.look(now, turns, false)).toEqual({ poke: false, lag: 0, phase: 0 });
    }
  });

  it('sees every block of 2.5 seconds, none below a second, and its end', () => {
    const spans = fc.array(
      fc.record({ idle: fc.integer({ min: 20, max: 60 }), block: fc.integer({ min: 0, max: 60 }) }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(spans, (list) => {
        let stalls = 0;
        const script = list.flatMap(({ idle, block }) => [
          { for: 100 * idle, runs: true },
          { for: 100 * block, runs: false },
        ]);
        const looks = watch([...script, { for: 3_000, runs: true }]);
        const phase = looks.at(-1)!.phase;
        for (const { block } of list) if (block >= 25) stalls++;
        const possible = list.filter(({ block }) => block >= 10).length;
        expect(phase % 2).toBe(0);
        expect(phase / 2).toBeGreaterThanOrEqual(stalls);
        expect(phase / 2).toBeLessThanOrEqual(possible);
        for (const { lag, phase: seen } of looks) expect(lag > 0).toBe(seen % 2 === 1);
      }),
    );
  });

  it('calls nobody stalled after both of them have been stopped', () => {
    const eye = new MainWatch(0, 0, 0);
    expect(eye.look(1_250, 0, false)).toEqual({ poke: true, lag: 0, phase: 0 });
    expect(eye.look(60_000, 0, true)).toEqual({ poke: true, lag: 0, phase: 0 });
    expect(eye.look(60_500, 0, false)).toEqual({ poke: false, lag: 0, phase: 0 });
    expect(eye.look(60_600, 1, false)).toEqual({ poke: false, lag: 0, phase: 0 });
  });

  it('goes on counting from what the main thread has said of itself', () => {
    const eye = new MainWatch(0, 0, 1);
    eye.heard(4);
    eye.look(500, 0, false);
    eye.look(1_250, 0, false);
    eye.look(1_500, 0, false);
    expect(eye.look(2_250, 0, false)).toEqual({ poke: false, lag: 1_000, phase: 5 });
    expect(eye.look(2_500, 1, false)).toEqual({ poke: false, lag: 0, phase: 6 });
  });
});
