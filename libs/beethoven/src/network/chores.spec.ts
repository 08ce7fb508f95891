import { describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { chore } from './chores.js';
import type { Clock } from './clock.js';

/** A clock that counts how often it has woken its process. */
function counting(clock: Clock): { clock: Clock; wakeUps: () => number } {
  let wakeUps = 0;
  const setTimer: Clock['setTimer'] = (after, fire) =>
    clock.setTimer(after, () => {
      wakeUps++;
      fire();
    });
  return {
    clock: {
      now: () => clock.now(),
      promptly: (run) => clock.promptly(run),
      soon: (run) => clock.soon(run),
      setTimer,
    },
    wakeUps: () => wakeUps,
  };
}

describe('chores', () => {
  it('of one process are done in one wake-up a second, whenever each began', async () => {
    const timeline = new Timeline();
    const { clock, wakeUps } = counting(timeline.clock());
    const done = [0, 0, 0];
    for (const [index, span] of [1_000, 2_000, 5_000].entries()) {
      const again = () =>
        void chore(clock, span, () => {
          done[index]!++;
          again();
        });
      again();
      await timeline.advance(333);
    }
    await timeline.advance(60_000);
    expect(done).toEqual([60, 30, 11]);
    expect(wakeUps()).toBeLessThanOrEqual(61);
  });

  it('come at most half a second sooner or later than asked for', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    chore(clock, 1_000, () => {});
    for (let start = 0; start < 3_000; start += 137) {
      await timeline.advance(137);
      const from = timeline.now;
      chore(clock, 2_000, () => {
        expect(Math.abs(timeline.now - from - 2_000)).toBeLessThanOrEqual(501);
      });
    }
    expect.assertions(22);
    await timeline.advance(3_000);
  });

  it('that ask for parts of a second have a timer of their own', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    const from = timeline.now;
    const fired: number[] = [];
    for (const span of [0, 62, 250, 1_500])
      chore(clock, span, () => fired.push(Math.round(timeline.now - from)));
    await timeline.advance(2_000);
    expect(fired).toEqual([1, 62, 250, 1_500]);
  });

  it('are told how late they are', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    const late: number[] = [];
    for (const span of [1_000, 1_500]) chore(clock, span, (by) => late.push(Math.round(by)));
    clock.pause();
    await timeline.advance(4_000);
    clock.resume();
    await timeline.advance(1);
    expect(late).toEqual([3_000, 2_500]);
  });

  it('are not done once they were cancelled, also by one before them', async () => {
    const timeline = new Timeline();
    const clock = timeline.clock();
    const done: string[] = [];
    const timers = ['a', 'b', 'c'].map((name) =>
      chore(clock, 1_000, () => {
        done.push(name);
        timers[1]?.cancel();
      }),
    );
    await timeline.advance(5_000);
    expect(done).toEqual(['a', 'c']);
  });

  it('one that throws keeps no other from its turn', async () => {
    const wall: { fire: () => void }[] = [];
    const clock: Clock = {
      now: () => 0,
      promptly: (run) => run(),
      soon: (run) => run(),
      setTimer: (_after, fire) => {
        wall.push({ fire });
        return { cancel: () => {} };
      },
    };
    let done = 0;
    chore(clock, 1_000, () => {
      throw new Error('a chore of somebody else');
    });
    chore(clock, 1_000, () => done++);
    clock.now = () => 1_000;
    expect(() => wall[0]!.fire()).toThrow('somebody else');
    wall[1]!.fire();
    expect(done).toBe(1);
  });
});
