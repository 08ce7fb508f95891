import { describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { Pacer } from './pacer.js';

function paced() {
  const timeline = new Timeline();
  const started = timeline.now;
  const runs: number[] = [];
  const pacer = new Pacer(timeline.clock(), 10, () => runs.push(timeline.now - started));
  return { timeline, pacer, runs };
}

describe('paced work', () => {
  it('is done at once for a lone request, but not before the input at hand is dealt with', async () => {
    const { timeline, pacer, runs } = paced();
    pacer.request();
    expect(runs).toEqual([]);
    await timeline.advance(0);
    expect(runs).toEqual([0]);
  });

  it('is done once for a thousand requests in a tick', async () => {
    const { timeline, pacer, runs } = paced();
    for (let i = 0; i < 1_000; i++) pacer.request();
    await timeline.advance(1_000);
    expect(runs).toEqual([0]);
  });

  it('is done at most once in each spacing, and the last request is never lost', async () => {
    const { timeline, pacer, runs } = paced();
    for (let ms = 0; ms < 35; ms++) {
      pacer.request();
      await timeline.advance(1);
    }
    await timeline.advance(1_000);
    expect(runs).toEqual([0, 10, 20, 30, 40]);
  });

  it('is done at once again after a pause', async () => {
    const { timeline, pacer, runs } = paced();
    pacer.request();
    await timeline.advance(500);
    pacer.request();
    await timeline.advance(0);
    expect(runs).toEqual([0, 500]);
  });

  it('ends with the stop, pending or not', async () => {
    const { timeline, pacer, runs } = paced();
    pacer.request();
    pacer.stop();
    pacer.request();
    await timeline.advance(1_000);
    expect(runs).toEqual([]);
  });
});
