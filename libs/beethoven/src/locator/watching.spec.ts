import { beforeEach, describe, expect, it } from 'vitest';
import { captureLog } from '../network/mesh.fixture.js';
import type { Endpoint } from '../protocol/terms.js';
import { LocatorWorld, PORT, card, type Call } from './locator.fixture.js';
import { BELIEF_TIME } from './reach.js';
import { MAX_WAITING } from './watcher.js';

/** A range with nobody but the node that watches. */
const ITSELF = { clusterNet: '127.0.0.1', clusterNetMask: 32 };

const refused = () => ({ outcome: { failed: 'refused' as const }, after: 1 });

const endpoint = (last: number, port = PORT): Endpoint => ({
  name: `n${last}`,
  address: `10.0.0.${last}`,
  port,
});

const about = (log: readonly string[], name: string): string[] =>
  log.filter((line) => line.includes(name));

/** A world that watches, with the calls of its search forgotten. */
async function watching(
  ...setup: ConstructorParameters<typeof LocatorWorld>
): Promise<LocatorWorld> {
  const world = new LocatorWorld(...setup);
  world.mesh.answer = refused;
  await world.outcome(world.locator.start());
  world.mesh.calls.length = 0;
  return world;
}

const to = (calls: readonly Call[], host: string): Call[] =>
  calls.filter(({ address }) => address === host);

describe('watching', () => {
  let log: string[];
  beforeEach(() => {
    log = captureLog();
  });

  it('goes on for ever', async () => {
    const world = await watching();
    await world.timeline.advance(3_600_000);
    for (let last = 2; last <= 6; last++)
      expect(to(world.mesh.calls, `127.0.0.${last}`).length).toBeGreaterThan(3_600 / 6.5);
    expect(world.hosts()).not.toContain('127.0.0.1');
  });

  it('never makes more than 10 calls a second and a burst of 10, whatever is to be called', async () => {
    const lost = Array.from({ length: 200 }, (_, last) => endpoint(last));
    const seeds = Array.from({ length: 50 }, (_, n) => `seed-${n}`);
    const addresses = Array.from({ length: 20 }, (_, last) => `10.1.0.${last}`);
    const world = await watching(
      { clusterNet: '10.2.0.0', clusterNetMask: 16, seekAttempts: 1, seeds },
      async (name) => addresses.map((address) => address.replace('10.1', `10.1${name.length % 2}`)),
    );
    world.locator.remember(() => lost);
    await world.timeline.advance(60_000);
    const { calls } = world.mesh;
    for (const [index, { at }] of calls.slice(20).entries())
      expect(at - calls[index]!.at).toBeGreaterThanOrEqual(1_000 - 1e-6);
    expect(calls.length).toBeGreaterThan(450);
    expect(calls.length).toBeLessThanOrEqual(610);
  });

  it('calls nobody where every host is linked, and finds out within ten seconds who was lost', async () => {
    const world = await watching();
    for (let last = 2; last <= 6; last++) world.mesh.linkUp(card(`n${last}`, `127.0.0.${last}`));
    await world.timeline.advance(60_000);
    expect(world.mesh.calls).toEqual([]);

    world.mesh.linkDown(card('n4', '127.0.0.4').id);
    await world.timeline.advance(10_000);
    expect(new Set(world.hosts())).toEqual(new Set(['127.0.0.4']));
  });

  it('redials lost members where they were, with longer and longer pauses up to ten seconds', async () => {
    const world = await watching({ ...ITSELF });
    const peer = { ...card('n7', '10.0.0.7'), id: 'n7@10.0.0.7:4000' };
    world.mesh.linkUp(peer);
    await world.timeline.advance(1_500);
    world.locator.remember(() => [endpoint(7, 4_000)]);
    world.mesh.linkDown(peer.id);
    const from = world.now;
    await world.timeline.advance(120_000);
    const times = world.mesh.calls.map(({ at }) => at - from);
    expect(
      world.mesh.calls.every(({ address, port }) => address === '10.0.0.7' && port === 4_000),
    ).toBe(true);
    expect(times[0]).toBeLessThanOrEqual(2_600); // a chore may be half a second late
    const gaps = times.slice(1).map((at, index) => at - times[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_600);
    expect(Math.min(...gaps.slice(4))).toBeGreaterThanOrEqual(7_400);
    expect(gaps[0]).toBeLessThan(2_600);
  });

  it('forgets lost members that are lost no more', async () => {
    const world = await watching({ ...ITSELF });
    let lost = [endpoint(7), endpoint(8)];
    world.locator.remember(() => lost);
    await world.timeline.advance(10_000);
    world.mesh.linkUp(card('n7', '10.0.0.7'));
    lost = [endpoint(7)];
    await world.timeline.advance(1_100);
    world.mesh.calls.length = 0;
    await world.timeline.advance(60_000);
    expect(world.mesh.calls).toEqual([]);
  });

  it('goes on trying the seeds, and resolves a name anew each time', async () => {
    const lookups: string[] = [];
    let address = '10.0.4.8';
    const world = await watching(
      { ...ITSELF, seeds: ['10.0.4.1:4000', 'shop.internal'] },
      async (name) => {
        lookups.push(name);
        return [address];
      },
    );
    lookups.length = 0;
    await world.timeline.advance(60_000);
    const named = to(world.mesh.calls, '10.0.4.8').length;
    expect(named).toBe(lookups.length);
    expect(named).toBeGreaterThanOrEqual(6);
    expect(to(world.mesh.calls, '10.0.4.1').every(({ port }) => port === 4_000)).toBe(true);
    expect(to(world.mesh.calls, '10.0.4.1').length).toBeGreaterThanOrEqual(6);

    address = '10.0.4.9';
    await world.timeline.advance(11_000);
    expect(world.hosts()).toContain('10.0.4.9');
  });

  it('says once that a name has no address, and once that it has', async () => {
    let known = false;
    const world = await watching({ seeds: ['shop.internal'] }, async () => {
      if (!known) throw new Error('getaddrinfo ENOTFOUND shop.internal');
      return ['10.0.4.8'];
    });
    await world.timeline.advance(60_000);
    expect(about(log, 'shop.internal')).toEqual([
      expect.stringContaining(
        'warn: The seed "shop.internal" has no address: getaddrinfo ENOTFOUND',
      ),
    ]);
    known = true;
    await world.timeline.advance(60_000);
    expect(about(log, 'shop.internal').slice(1)).toEqual([
      'log: The seed "shop.internal" has an address again.',
    ]);
    known = false;
    await world.timeline.advance(60_000);
    expect(about(log, 'shop.internal')).toHaveLength(3);
  });

  it('keeps no more addresses of names waiting than it may', async () => {
    const seeds = Array.from({ length: 100 }, (_, n) => `seed-${n}`);
    const lookups = new Map<string, (found: string[]) => void>();
    const world = await watching(
      { ...ITSELF, seeds, seekAttempts: 1 },
      (name) => new Promise((resolve) => lookups.set(name, resolve)),
    );
    await world.timeline.advance(10_000);
    for (const [n, answer] of [...lookups.values()].entries())
      answer(Array.from({ length: 64 }, (_, last) => `10.1.${n}.${last}`));
    world.mesh.calls.length = 0;
    await world.timeline.advance(60_000);
    const { calls } = world.mesh;
    // All of them came at one moment; those which the queue took were called in one go.
    expect(calls.length).toBeGreaterThanOrEqual(MAX_WAITING);
    expect(calls.length).toBeLessThan(MAX_WAITING * 1.1);
  });

  it('leaves an address alone for a minute where it met a node that is linked under another', async () => {
    const world = await watching({ ...ITSELF, seeds: ['10.96.0.5'] });
    const behind = card('a', '10.0.4.8');
    world.mesh.answer = () => ({ outcome: { linked: behind }, after: 1 });
    await world.timeline.advance(10_000);
    expect(world.mesh.calls).toHaveLength(1);
    await world.timeline.advance(BELIEF_TIME);
    expect(world.mesh.calls).toHaveLength(2);

    world.mesh.answer = refused;
    world.mesh.linkDown(behind.id);
    await world.timeline.advance(3_000);
    expect(world.mesh.calls.length).toBeGreaterThan(2);
  });

  it.each(['cluster', 'version', 'self'] as const)(
    'leaves alone for a minute who rejected it as %s',
    async (rejected) => {
      const world = await watching();
      world.mesh.answer = () => ({ outcome: { rejected }, after: 1 });
      await world.timeline.advance(BELIEF_TIME);
      expect(world.mesh.calls.length).toBeLessThanOrEqual(10);
      world.mesh.calls.length = 0;
      await world.timeline.advance(BELIEF_TIME + 10_000);
      expect(world.mesh.calls.length).toBeGreaterThanOrEqual(5);
    },
  );

  it('ends with the node', async () => {
    const world = await watching();
    let completed = false;
    world.locator.phase$.subscribe({ complete: () => (completed = true) });
    world.locator.stop();
    world.locator.stop();
    await world.timeline.advance(60_000);
    expect(world.mesh.calls).toEqual([]);
    expect(world.phases).toEqual(['stopped', 'seeking', 'watching', 'stopped']);
    expect(completed).toBe(true);
  });
});
