import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { Deadlines } from './mesh-deadlines.js';

describe('deadlines', () => {
  it('expire once, never early, and at most 50 ms late', async () => {
    const waits = fc.array(fc.record({ at: fc.nat(500), after: fc.nat(3_000) }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(waits, async (all) => {
        const timeline = new Timeline();
        const deadlines = new Deadlines(timeline.clock());
        const late: number[] = [];
        for (const { at, after } of all) {
          const due = timeline.now + at + after;
          timeline.schedule(
            at,
            () => void deadlines.set(after, () => late.push(timeline.now - due)),
          );
        }
        await timeline.advance(4_000);
        expect(late).toHaveLength(all.length);
        for (const ms of late) {
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(50);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('do not expire once cancelled, nor once all are cleared', async () => {
    const timeline = new Timeline();
    const deadlines = new Deadlines(timeline.clock());
    const expired: string[] = [];
    deadlines.set(100, () => expired.push('cancelled')).cancel();
    deadlines.set(100, () => expired.push('kept'));
    await timeline.advance(200);
    deadlines.set(100, () => expired.push('cleared'));
    deadlines.clear();
    await timeline.advance(200);
    expect(expired).toEqual(['kept']);
  });

  it('wait for another look when this process was the one that slept', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    const deadlines = new Deadlines(clock);
    let answered = false;
    let verdict = '';
    deadlines.set(100, () => (verdict = answered ? 'after the answer' : 'before the answer'));
    clock.pause();
    await timeline.advance(60_000);
    clock.resume();
    timeline.schedule(1, () => (answered = true)); // it had come in time, and waited to be read
    await timeline.advance(200);
    expect(verdict).toBe('after the answer');
  });
});
