import { describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { poll } from './poll.js';

describe('polling', () => {
  it('looks at once, and then once a second', async () => {
    const timeline = new Timeline();
    const begin = timeline.now;
    const looks: number[] = [];
    const seen: number[] = [];
    const polling = poll(timeline.clock(), async () => looks.push(timeline.now - begin));
    const subscription = polling.subscribe((value) => seen.push(value));
    await timeline.advance(3_500);
    expect(looks).toEqual([0, 1_000, 2_000, 3_000]);
    expect(seen).toEqual([1, 2, 3, 4]);
    subscription.unsubscribe();
    await timeline.advance(10_000);
    expect(looks).toHaveLength(4);
  });

  it('slows down while looks fail, and not for longer', async () => {
    const timeline = new Timeline();
    const begin = timeline.now;
    const looks: number[] = [];
    poll(timeline.clock(), async () => {
      looks.push(timeline.now - begin);
      return looks.length <= 5 ? undefined : 'well';
    }).subscribe();
    await timeline.advance(23_500);
    expect(looks).toEqual([0, 2_000, 6_000, 11_000, 16_000, 21_000, 22_000, 23_000]);
  });

  it('waits for a look that takes long, and ends it when nobody listens any more', async () => {
    const timeline = new Timeline();
    let looks = 0;
    let ended = false;
    const subscription = poll(timeline.clock(), (signal) => {
      looks++;
      return new Promise(() => signal.addEventListener('abort', () => (ended = true)));
    }).subscribe();
    await timeline.advance(60_000);
    expect([looks, ended]).toEqual([1, false]);
    subscription.unsubscribe();
    expect(ended).toBe(true);
  });
});
