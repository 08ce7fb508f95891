import { describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { NotReadyError } from '../errors/not-ready.error.js';
import { ReadyService } from './ready.service.js';

describe('readiness', () => {
  it('lets everyone go on who waited for it, and whoever asks later', async () => {
    const ready = new ReadyService(new Timeline().clock());
    const waiting = [ready.untilReady(), ready.untilReady()];
    expect(ready.isReady()).toBe(false);
    ready.advance({ stage: 'ready' });
    await Promise.all([...waiting, ready.untilReady()]);
    expect(ready.isReady()).toBe(true);
  });

  it('that does not come in time is an error that says what is missing', async () => {
    const timeline = new Timeline();
    const ready = new ReadyService(timeline.clock());
    ready.advance({ stage: 'syncing' });
    const waiting = ready.untilReady(200).catch((error: unknown) => error);
    await timeline.advance(200);
    const error = await waiting;
    expect(error).toBeInstanceOf(NotReadyError);
    expect((error as Error).message).toContain("the cluster's tables are not here yet");
  });

  it('that can never come is the error that prevents it', async () => {
    const ready = new ReadyService(new Timeline().clock());
    const waiting = ready.untilReady();
    ready.advance({ stage: 'failed', error: new Error('two nodes, one id') });
    await expect(waiting).rejects.toThrow('two nodes, one id');
  });

  it('is waited for no longer once the node has left', async () => {
    const clock = new Timeline().clock();
    const ready = new ReadyService(clock);
    const early = ready.untilReady(60_000);
    ready.advance({ stage: 'stopped' });
    await expect(early).rejects.toThrow('will not be ready any more: it has left the cluster');
    await expect(ready.untilReady(60_000)).rejects.toThrow('it has left the cluster');
    expect(clock.timers).toBe(0);
  });

  it('is told as a stream, which ends with the node', () => {
    const ready = new ReadyService(new Timeline().clock());
    const told: (boolean | string)[] = [];
    ready.ready$.subscribe({ next: (is) => told.push(is), complete: () => told.push('end') });
    for (const stage of ['syncing', 'ready', 'stopped'] as const) ready.advance({ stage });
    expect(told).toEqual([false, true, false, 'end']);
  });
});
