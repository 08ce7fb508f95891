import { expect, it } from 'vitest';
import { CONFIG, watchOf } from '../protocol/detector/detector.fixture.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { Timeline } from '../testing/timeline.js';
import { LocalHeartbeat } from './local-heartbeat.js';

it('a main thread that was blocked while it beats is told so once, with the first thing that it does', async () => {
  const timeline = new Timeline();
  const clock = timeline.clock();
  const options = {
    clusterName: 'shop',
    failureDetection: { ...CONFIG, heartbeat: 'main', stallTimeout: 10_000 },
  } as const;
  const self = { ...watchOf('me').card, labels: {} };
  const heartbeat = new LocalHeartbeat(options, new SeededRandom(1), clock, self);
  const heard: string[] = [];
  heartbeat.start({
    verdict: () => {},
    send: () => {},
    awake: (phase) => heard.push(`awake ${phase}`),
  });
  const live = async (span: number): Promise<void> => {
    for (let at = 0; at < span; at += 100) {
      await timeline.advance(100);
      heartbeat.tick();
    }
  };
  await live(5_000);
  expect(heard).toEqual([]);
  for (let stall = 1; stall <= 2; stall++) {
    clock.pause();
    await timeline.advance(3_000);
    for (let i = 0; i < 3; i++) heartbeat.tick();
    expect(heard).toHaveLength(stall);
    clock.resume();
    await live(5_000);
  }
  expect(heard).toEqual(['awake 0', 'awake 0']);
});
