import { describe, expect, it } from 'vitest';
import type { Clock } from '../network/clock.js';
import type { Replicator } from '../protocol/tables/replicator.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { ReplicatorDriver } from './replicator-driver.js';

/** A driver on an event loop that is turned by hand. */
function setUp() {
  const tick: (() => void)[] = [];
  const turn: (() => void)[] = [];
  const timers: (() => void)[] = [];
  let now = 0;
  const run = (tasks: (() => void)[]): void => tasks.splice(0).forEach((task) => task());
  const clock: Clock = {
    now: () => now,
    setTimer: (_, fire) => {
      timers.push(fire);
      return { cancel: () => undefined };
    },
    promptly: (task) => void tick.push(task),
    soon: (task) => void turn.push(task),
  };
  let flushes = 0;
  const told: string[] = [];
  const tell = (what: string) => (): void => void told.push(what);
  const driver = new ReplicatorDriver(clock, new SeededRandom(1), tell('stall?'));
  const replicator = {
    flush: () => flushes++,
    handleTime: tell('time'),
    tidy: tell('tidy'),
  } as unknown as Replicator;
  driver.start([replicator]);
  return {
    driver,
    endTick: () => run(tick),
    endTurn: () => run(turn),
    flushes: () => flushes,
    fireTimers: () => {
      now = 10_000;
      run(timers);
    },
    told,
  };
}

describe('what is written', () => {
  it('first in a turn leaves with its tick, once for all of it', () => {
    const { driver, endTick, flushes } = setUp();
    driver.flushSoon();
    driver.flushSoon();
    expect(flushes()).toBe(0);
    endTick();
    expect(flushes()).toBe(1);
  });

  it('later in the same turn leaves together, at its end', () => {
    const { driver, endTick, endTurn, flushes } = setUp();
    for (let tick = 0; tick < 5; tick++) {
      driver.flushSoon();
      endTick();
    }
    expect(flushes()).toBe(1);
    endTurn();
    expect(flushes()).toBe(2);
  });

  it('in the next turn leaves with its tick again, and a turn without a write does nothing', () => {
    const { driver, endTick, endTurn, flushes } = setUp();
    driver.flushSoon();
    endTick();
    endTurn();
    expect(flushes()).toBe(1);
    driver.flushSoon();
    endTick();
    expect(flushes()).toBe(2);
  });
});

describe('a timer', () => {
  it('asks whether the node was stalled before it has anything decided', () => {
    const { driver, fireTimers, told } = setUp();
    driver.wakeAt(1);
    fireTimers();
    expect(told).toEqual(['stall?', 'tidy', 'stall?', 'time']);
  });
});
