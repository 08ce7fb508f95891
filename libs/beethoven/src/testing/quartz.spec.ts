import { expect, it } from 'vitest';
import { InvalidClockError } from '../errors/invalid-clock.error.js';
import { Quartz } from './quartz.js';
import { Timeline } from './timeline.js';

it('a right clock tells the true time, to the last bit', async () => {
  const timeline = new Timeline();
  const clock = timeline.clock();
  await timeline.advance(1_234.567);
  expect(clock.now()).toBe(timeline.now);
});

it('a drifting clock counts, and its timers run, at its own rate', async () => {
  const timeline = new Timeline();
  const quartz = new Quartz(timeline);
  const clock = timeline.clock(quartz);
  const start = timeline.now;
  await timeline.advance(1_000);
  quartz.set({ drift: 100_000 });
  let fired = 0;
  clock.setTimer(1_100, () => (fired = timeline.now - start));
  await timeline.advance(2_000);
  expect(clock.now() - start).toBeCloseTo(1_000 + 2_200, 3);
  expect(fired).toBeCloseTo(2_000, 3);
});

it('a wrong wall clock is seen by the next process, and never moves one that runs', async () => {
  const timeline = new Timeline();
  const quartz = new Quartz(timeline);
  const before = timeline.clock(quartz);
  quartz.set({ offset: -3_600_000 });
  expect(before.now()).toBe(timeline.now);
  const after = timeline.clock(quartz);
  expect(after.now()).toBe(timeline.now - 3_600_000);
  quartz.set({});
  expect(after.now()).toBe(timeline.now - 3_600_000);
});

it('a clock that stands still or goes backwards is refused', () => {
  const quartz = new Quartz(new Timeline());
  for (const drift of [-1e6, 1e6, NaN])
    expect(() => quartz.set({ drift })).toThrow(InvalidClockError);
  expect(() => quartz.set({ offset: Infinity })).toThrow(InvalidClockError);
});
