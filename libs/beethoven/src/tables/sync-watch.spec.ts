import { describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { SyncWatch } from './sync-watch.js';

function setUp() {
  const timeline = new Timeline();
  const others = new Set<string>();
  const exchanged = new Set<string>();
  const watch = new SyncWatch(timeline.clock(), {
    others: () => others,
    exchanged: () => exchanged,
  });
  const begin = () => {
    const sync = { done: false };
    void watch.synced().then(() => (sync.done = true));
    return sync;
  };
  const settle = (ms = 0) => timeline.advance(ms);
  return { others, exchanged, watch, begin, settle };
}

describe('a node is synced', () => {
  it('at once when it is alone', async () => {
    const { begin, settle } = setUp();
    const sync = begin();
    await settle();
    expect(sync.done).toBe(true);
  });

  it('when the rows of everyone known at the time are here', async () => {
    const { others, exchanged, watch, begin, settle } = setUp();
    others.add('a').add('b');
    const sync = begin();
    others.add('later');
    exchanged.add('a');
    watch.check();
    await settle(100);
    expect(sync.done).toBe(false);
    exchanged.add('b');
    watch.check();
    await settle();
    expect(sync.done).toBe(true);
  });

  it('without those that went meanwhile', async () => {
    const { others, watch, begin, settle } = setUp();
    others.add('a');
    const sync = begin();
    others.delete('a');
    watch.check();
    await settle();
    expect(sync.done).toBe(true);
  });

  it('without one that does not answer, once others have and two seconds are over', async () => {
    const { others, exchanged, begin, settle } = setUp();
    others.add('a').add('silent');
    exchanged.add('a');
    const sync = begin();
    await settle(1_900);
    expect(sync.done).toBe(false);
    await settle(200);
    expect(sync.done).toBe(true);
  });

  it('never by patience alone: somebody must have answered', async () => {
    const { others, exchanged, watch, begin, settle } = setUp();
    others.add('silent');
    const sync = begin();
    await settle(60_000);
    expect(sync.done).toBe(false);
    exchanged.add('silent');
    watch.check();
    await settle();
    expect(sync.done).toBe(true);
  });

  it('when it stops: nobody is left waiting', async () => {
    const { others, watch, begin, settle } = setUp();
    others.add('silent');
    const sync = begin();
    watch.stop();
    await settle();
    expect(sync.done).toBe(true);
  });
});
