import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from './timeline.js';

describe('virtual time', () => {
  it('runs events by time, and those of one instant in the order of their scheduling', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 100 }), async (delays) => {
        const timeline = new Timeline();
        const ran: [number, number][] = [];
        for (const [index, delay] of delays.entries()) {
          timeline.schedule(delay, () => ran.push([delay, index]));
        }
        await timeline.advance(20);
        expect(ran).toEqual(ran.toSorted(([a, i], [b, j]) => a - b || i - j));
        expect(ran).toHaveLength(delays.length);
      }),
      { numRuns: 30 },
    );
  });

  it('starts at the same time in every run, and passes only when told', async () => {
    const timeline = new Timeline();
    expect(new Date(timeline.now).toISOString()).toBe('2026-01-01T00:00:00.000Z');
    const seen: number[] = [];
    timeline.schedule(7.5, () => seen.push(timeline.now - Date.UTC(2026, 0, 1)));
    await timeline.advance(7);
    expect(seen).toEqual([]);
    await timeline.advance(3);
    expect(seen).toEqual([7.5]);
    expect(timeline.now - Date.UTC(2026, 0, 1)).toBe(10);
  });

  it('settles promises between two events', async () => {
    const timeline = new Timeline();
    const log: string[] = [];
    const work = async (): Promise<void> => {
      log.push('begun');
      await Promise.resolve();
      await Promise.resolve();
      log.push('done');
    };
    timeline.schedule(1, () => void work());
    timeline.schedule(1, () => log.push('next event'));
    await timeline.advance(1);
    expect(log).toEqual(['begun', 'done', 'next event']);
  });

  it('skips what was cancelled', async () => {
    const timeline = new Timeline();
    let fired = 0;
    const timer = timeline.schedule(1, () => fired++);
    timeline.schedule(0, () => timer.cancel());
    await timeline.advance(5);
    timer.cancel();
    expect(fired).toBe(0);
  });

  it('stops at the event that makes a condition true', async () => {
    const timeline = new Timeline();
    let count = 0;
    for (let i = 1; i <= 5; i++) timeline.schedule(i, () => count++);
    const start = timeline.now;
    expect(await timeline.until(() => count === 3, 100)).toBe(true);
    expect(timeline.now - start).toBe(3);
    expect(await timeline.until(() => count === 9, 100)).toBe(false);
    expect(timeline.now - start).toBe(103);
  });

  it('rejects with what an event throws, and goes on after it', async () => {
    const timeline = new Timeline();
    let reached = false;
    timeline.schedule(1, () => {
      throw new Error('boom');
    });
    timeline.schedule(2, () => (reached = true));
    await expect(timeline.advance(5)).rejects.toThrow('boom');
    await timeline.advance(5);
    expect(reached).toBe(true);
  });

  it('refuses to be advanced twice at once', async () => {
    const timeline = new Timeline();
    const first = timeline.advance(1);
    await expect(timeline.advance(1)).rejects.toThrow('advancing already');
    await first;
  });
});

describe('the clock of a node', () => {
  it('fires late, in order, what fell due during a pause', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name} at ${clock.now() - start}`);
    const start = timeline.now;
    clock.setTimer(20, note('second'));
    clock.setTimer(10, note('first'));
    clock.setTimer(90, note('in time'));
    clock.pause();
    await timeline.advance(50);
    expect(fired).toEqual([]);
    clock.resume();
    await timeline.advance(50);
    expect(fired).toEqual(['first at 50', 'second at 50', 'in time at 90']);
  });

  it('can still cancel a timer that fell due during a pause', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    let fired = 0;
    const victim = { cancel: () => {} };
    clock.setTimer(1, () => victim.cancel());
    victim.cancel = clock.setTimer(2, () => fired++).cancel;
    clock.pause();
    await timeline.advance(10);
    clock.resume();
    await timeline.advance(10);
    expect(fired).toBe(0);
  });

  it('stalls again with what was still to fire late', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    const fired: number[] = [];
    clock.setTimer(1, () => {
      fired.push(1);
      clock.pause();
    });
    clock.setTimer(2, () => fired.push(2));
    clock.pause();
    await timeline.advance(10);
    clock.resume();
    await timeline.advance(10);
    expect(fired).toEqual([1]);
    clock.resume();
    await timeline.advance(10);
    expect(fired).toEqual([1, 2]);
  });

  it('never fires again once stopped, while others go on', async () => {
    const timeline = new Timeline();
    const [dead, alive] = [timeline.clock(), timeline.clock()];
    const fired: string[] = [];
    dead.setTimer(5, () => fired.push('dead'));
    dead.soon(() => fired.push('dead'));
    alive.setTimer(5, () => fired.push('alive'));
    dead.stop();
    dead.resume();
    dead.setTimer(5, () => fired.push('dead'));
    await timeline.advance(10);
    expect(fired).toEqual(['alive']);
  });

  it('waits a whole millisecond at least, as Node.js does', async () => {
    const timeline = new Timeline();
    const start = timeline.now;
    const fired: number[] = [];
    for (const after of [0, 0.2, 2.9]) {
      timeline.clock().setTimer(after, () => fired.push(timeline.now - start));
    }
    await timeline.advance(10);
    expect(fired).toEqual([1, 1, 2]);
  });
});
