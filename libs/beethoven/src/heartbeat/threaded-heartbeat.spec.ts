import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BORN, CONFIG, idOf, watchOf } from '../protocol/detector/detector.fixture.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { Timeline } from '../testing/timeline.js';
import type { AgentSetup, ToAgent } from './heartbeat-agent.js';
import type { ThreadListener } from './heartbeat-thread.js';
import { Pulse, STOPPED } from './pulse.js';
import { FIRST_START, ThreadedHeartbeat } from './threaded-heartbeat.js';

beforeEach(() => Logger.overrideLogger(false));
afterEach(() => Logger.overrideLogger(true));

/** A heartbeat whose threads do as they are told. */
async function setUp() {
  const timeline = new Timeline();
  const clock = timeline.clock();
  const threads: { setup: AgentSetup; listener: ThreadListener; told: string[] }[] = [];
  const heard: string[] = [];
  const options = {
    clusterName: 'shop',
    failureDetection: { ...CONFIG, heartbeat: 'worker', stallTimeout: 10_000 },
  } as const;
  const self = { ...watchOf('me').card, labels: {} };
  const heartbeat = new ThreadedHeartbeat(
    options,
    new SeededRandom(1),
    clock,
    self,
    (setup, listener) => {
      const told: string[] = [];
      threads.push({ setup, listener, told });
      return {
        post: (message: ToAgent) => {
          const { kind } = message;
          if (kind === 'unwatch') told.push(`unwatch ${message.id}`);
          else told.push(kind === 'watch' && message.watch.byLink ? 'watch by link' : kind);
        },
        terminate: () => told.push('terminate'),
      };
    },
  );
  heartbeat.start({
    verdict: ({ kind }) => heard.push(kind),
    send: () => heard.push('send'),
    awake: (phase) => {
      heard.push(`awake ${phase}`);
      heartbeat.raise(BORN, phase);
    },
  });
  const early = threads.length;
  await timeline.advance(FIRST_START);
  heard.length = 0;
  return { timeline, clock, heartbeat, threads, heard, early };
}

describe('the heartbeat in a thread', () => {
  it('is started once the node has had time to join', async () => {
    const { threads, early } = await setUp();
    expect([early, threads.length]).toEqual([0, 1]);
  });

  it('beats in the main thread until the other one is ready, and only there from then on', async () => {
    const { timeline, heartbeat, threads, heard } = await setUp();
    heartbeat.watch(watchOf('a'));
    await timeline.advance(1_000);
    expect(heard).toContain('send');
    threads[0]!.listener.message({ kind: 'ready' });
    heard.length = 0;
    await timeline.advance(5_000);
    expect(heard).toEqual([]);
    heartbeat.beat(new Uint8Array(64));
    expect(threads[0]!.told).toEqual(['watch', 'beat']);
  });

  it('tells each thread who is to get no datagrams', async () => {
    const { timeline, heartbeat, threads } = await setUp();
    heartbeat.watch({ ...watchOf('a'), byLink: true });
    threads[0]!.listener.ended('it failed');
    await timeline.advance(1_001);
    expect(threads.map(({ told }) => told)).toEqual([['watch by link'], ['watch by link']]);
  });

  it('hands on what the thread finds out', async () => {
    const { threads, heard } = await setUp();
    const { listener } = threads[0]!;
    listener.message({ kind: 'ready', without: 'EADDRINUSE' });
    listener.message({ kind: 'verdict', verdict: { kind: 'differs', id: idOf('a') } });
    listener.message({ kind: 'send', to: idOf('a'), bytes: new Uint8Array(64) });
    expect(heard).toEqual(['differs', 'send']);
  });

  it('counts a turn for every message, so that a poke is answered', async () => {
    const { threads } = await setUp();
    const { setup, listener } = threads[0]!;
    const pulse = new Pulse(setup.memory);
    const before = pulse.turns;
    listener.message({ kind: 'poke' });
    expect(pulse.turns).toBe(before + 1);
  });

  it('tells once, with the first thing that it does, that this node was stalled', async () => {
    const { heartbeat, threads, heard } = await setUp();
    const pulse = new Pulse(threads[0]!.setup.memory);
    pulse.phase = 3;
    for (let i = 0; i < 3; i++) heartbeat.tick();
    expect(heard).toEqual(['awake 4']);
  });

  it('tells once that this node was stopped with all of its threads, of which nobody has kept count', async () => {
    const { timeline, clock, heartbeat, threads, heard } = await setUp();
    threads[0]!.listener.message({ kind: 'ready' });
    await timeline.advance(10_000);
    expect(heard).toEqual([]);
    clock.pause();
    await timeline.advance(3_000);
    for (let i = 0; i < 3; i++) heartbeat.tick();
    clock.resume();
    await timeline.advance(10_000);
    expect(heard).toEqual(['awake 0']);
  });

  it('tells once that this node was stopped, whichever of its threads runs first', async () => {
    const { clock, heartbeat, threads, heard } = await setUp();
    const pulse = new Pulse(threads[0]!.setup.memory);
    threads[0]!.listener.message({ kind: 'ready' });
    const tick = (): void => {
      for (let i = 0; i < 3; i++) heartbeat.tick();
    };
    pulse.due = clock.now() - STOPPED;
    tick();
    expect(heard).toEqual([]);
    pulse.due = clock.now() - STOPPED - 10;
    tick();
    expect(heard).toEqual(['awake 0']);
    pulse.countStop(); // the same, by the thread
    pulse.due = clock.now() + 250;
    tick();
    expect(heard).toEqual(['awake 0']);
    pulse.countStop();
    tick();
    expect(heard).toEqual(['awake 0', 'awake 0']);
  });

  it('beats in the main thread when the other one ends, starts a few more, and tells each what the first was told', async () => {
    const { timeline, heartbeat, threads, heard } = await setUp();
    heartbeat.watch(watchOf('a'));
    heartbeat.watch(watchOf('b'));
    heartbeat.accuse({ id: idOf('a'), incarnation: BORN, accuser: idOf('b'), condemned: false });
    heartbeat.unwatch(idOf('b'));
    for (let i = 0; i < 4; i++) {
      threads[i]!.listener.message({ kind: 'ready' });
      heard.length = 0;
      threads[i]!.listener.ended('out of memory');
      // oxlint-disable-next-line no-await-in-loop
      await timeline.advance(1_000);
      expect(heard).toContain('send');
    }
    await timeline.advance(60_000);
    expect(threads.map(({ told }) => told.slice(0, 2))).toEqual([
      [`watch`, 'watch'],
      ...[1, 2, 3].map(() => ['watch', 'accuse']),
    ]);
    expect(heartbeat.counters().crashes).toBe(4);
    expect(heard).toContain('down');
  });

  it('leaves nothing behind', async () => {
    const { timeline, heartbeat, threads, heard } = await setUp();
    heartbeat.watch(watchOf('a'));
    heartbeat.stop();
    threads[0]!.listener.ended('terminated');
    await timeline.advance(10_000);
    expect([heard, threads.length]).toEqual([[], 1]);
    expect(threads[0]!.told.at(-1)).toBe('terminate');
  });
});
