import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { NodeClock } from '../testing/node-clock.js';
import { Timeline } from '../testing/timeline.js';
import { ElectorateDriver } from './electorate-driver.js';

const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
beforeEach(() => [warn, log].forEach((spy) => spy.mockClear()));

const HOP = 1;
const LIFE = 1;

/** Drivers by one letter each, which hear each other as long as they see each other. */
class World {
  readonly timeline = new Timeline();
  readonly #drivers = new Map<string, ElectorateDriver>();
  readonly #clocks = new Map<string, NodeClock>();
  #live = '';

  constructor(names: string) {
    for (const id of names) this.#add(id);
  }

  #add(id: string): void {
    const self = { id, life: LIFE };
    const clock = this.timeline.clock();
    this.#clocks.set(id, clock);
    const hears = (to: string): boolean => this.#live.includes(id) && this.#live.includes(to);
    const driver = new ElectorateDriver({
      self,
      clock,
      isBound: () => false,
      tell: (to, message) => {
        for (const other of to)
          this.timeline.schedule(HOP, () => hears(other) && this.of(other).take(self, message));
      },
      changed: () => {},
    });
    this.#drivers.set(id, driver);
  }

  of(id: string): ElectorateDriver {
    return this.#drivers.get(id)!;
  }

  /** These are live, and know it; what becomes of the others nobody sees. */
  async see(names: string, span = 15_000): Promise<void> {
    this.#live = names;
    const live = new Map(Array.from(names, (id) => [id, LIFE]));
    for (const id of names) this.of(id).membersChanged(live);
    await this.timeline.advance(span);
  }

  voters(id: string): string {
    return [...(this.of(id).electorate?.voters.keys() ?? [])].toSorted().join('');
  }

  timers(id: string): number {
    return this.#clocks.get(id)!.timers;
  }
}

describe('the electorate of a node', () => {
  it('becomes all who are live, one by one, and follows those who go', async () => {
    const world = new World('abc');
    await world.see('abc');
    expect(Array.from('abc', (id) => world.voters(id))).toEqual(['abc', 'abc', 'abc']);
    await world.see('ab');
    expect(Array.from('ab', (id) => world.voters(id))).toEqual(['ab', 'ab']);
  });

  it('says once that its majority is out of reach, who is missing, and once that it is back', async () => {
    const world = new World('abc');
    await world.see('abc');
    await world.see('a', 60_000);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain('of 3 voters, b, c are out of reach');
    expect(world.voters('a')).toBe('abc');
    await world.see('abc');
    expect([warn, log].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it('lets a node go once it votes no more, and the others are a majority of who remains', async () => {
    const world = new World('abc');
    await world.see('abc');
    let hasGone = false;
    void world
      .of('a')
      .leave()
      .then(() => (hasGone = true));
    expect(hasGone).toBe(false);
    await world.timeline.advance(500);
    expect([hasGone, world.voters('b')]).toEqual([true, 'bc']);
    world.of('a').stop();
    expect(world.timers('a')).toBe(0);
  });

  it('lets a node go in the end that cannot be taken out, and at once where nobody else is there', async () => {
    const world = new World('abc');
    await world.see('abc');
    await world.see('ab', 0);
    let hasGone = false;
    await world.see('b', 0); // a is heard by nobody
    void world
      .of('a')
      .leave()
      .then(() => (hasGone = true));
    await world.timeline.advance(3_000);
    expect(hasGone).toBe(false);
    await world.timeline.advance(100);
    expect(hasGone).toBe(true);
    const alone = new World('a');
    await alone.see('a');
    await alone.of('a').leave();
  });

  it('leaves no timer behind', async () => {
    const world = new World('ab');
    await world.see('ab', 100);
    expect(world.timers('a')).toBe(1);
    world.of('a').stop();
    expect(world.timers('a')).toBe(0);
  });
});
