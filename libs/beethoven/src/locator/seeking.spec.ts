import { beforeEach, describe, expect, it } from 'vitest';
import { DuplicateNodeIdError } from '../errors/duplicate-node-id.error.js';
import { captureLog } from '../network/mesh.fixture.js';
import { LocatorWorld, PORT, card } from './locator.fixture.js';
import { WINDOW } from './dial-window.js';

/** A range with nobody but the node that looks. */
const ITSELF = { clusterNet: '127.0.0.1', clusterNetMask: 32 };
const BLACK_HOLE = { clusterNet: '10.0.4.0', clusterNetMask: 24 };

describe('seeking', () => {
  let log: string[];
  beforeEach(() => {
    log = captureLog();
  });

  it('settles for standalone in a black-holed /24 within two seconds, whatever the back-offs', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = new LocatorWorld(BLACK_HOLE, undefined, seed);
      expect(await world.outcome(world.locator.start())).toBe('standalone');
      expect(world.now).toBeLessThan(2_000);
      expect(world.mesh.calls).toHaveLength(3 * 254);
      expect(world.phases).toEqual(['stopped', 'seeking', 'watching']);
    }
  });

  it('backs off for a random time between two passes, within its range', async () => {
    const pauses: number[] = [];
    for (let seed = 1; seed <= 50; seed++) {
      const world = new LocatorWorld({ commonRandomBackoff: [150, 160] }, undefined, seed);
      await world.outcome(world.locator.start());
      const starts = [0, 5, 10].map((first) => world.mesh.calls[first]!.at);
      pauses.push(starts[1]! - starts[0]! - 250, starts[2]! - starts[1]! - 250);
    }
    expect(Math.min(...pauses)).toBe(150);
    expect(Math.max(...pauses)).toBe(160);
  });

  it('calls every host but itself once a pass, in an order of its own', async () => {
    const world = new LocatorWorld({ seekAttempts: 1 });
    await world.outcome(world.locator.start());
    expect(world.hosts().toSorted()).toEqual([2, 3, 4, 5, 6].map((last) => `127.0.0.${last}`));
    const other = new LocatorWorld({ seekAttempts: 1 }, undefined, 2);
    await other.outcome(other.locator.start());
    expect(other.hosts()).not.toEqual(world.hosts());
  });

  it('has no more than 256 calls under way', async () => {
    const world = new LocatorWorld({ clusterNet: '10.0.0.0', clusterNetMask: 22, seekAttempts: 1 });
    await world.outcome(world.locator.start());
    expect(world.mesh.calls).toHaveLength(1_022);
    expect(world.mesh.mostUnderWay).toBe(WINDOW);
  });

  it('is over for a /8 after five seconds a pass, each pass in another part of it', async () => {
    const world = new LocatorWorld({ clusterNet: '10.0.0.0', clusterNetMask: 8 });
    expect(await world.outcome(world.locator.start())).toBe('standalone');
    expect(world.now).toBeLessThanOrEqual(3 * 5_000 + 2 * 300);
    expect(new Set(world.hosts()).size).toBe(world.mesh.calls.length);
    expect(world.mesh.calls.length).toBeGreaterThanOrEqual(3 * 5_120);
  });

  it('is over with the first node that is linked, without waiting for the others', async () => {
    const world = new LocatorWorld(BLACK_HOLE);
    world.mesh.answer = (address) =>
      address === '10.0.4.9' ? { outcome: { linked: card('a', address) }, after: 3 } : undefined;
    expect(await world.outcome(world.locator.start())).toBe('clustered');
    expect(world.now).toBe(3);
  });

  it('can be asked to wait for the others, who have half a second at most', async () => {
    const world = new LocatorWorld(BLACK_HOLE);
    world.mesh.answer = (address) => {
      if (address === '10.0.4.9') return { outcome: { linked: card('a', address) }, after: 3 };
      if (address === '10.0.4.8') return { outcome: { linked: card('b', address) }, after: 490 };
      return undefined;
    };
    await world.outcome(world.locator.start());
    await world.outcome(world.locator.answered());
    expect(world.now).toBe(490);
    await world.outcome(world.locator.answered());
    expect(world.now).toBe(490);
  });

  it('begins no further calls once it is over', async () => {
    const world = new LocatorWorld({ clusterNet: '10.0.0.0', clusterNetMask: 16 });
    world.mesh.answer = (address) => ({ outcome: { linked: card('a', address) }, after: 3 });
    await world.outcome(world.locator.start());
    world.locator.stop();
    await world.timeline.advance(1_000);
    expect(world.mesh.calls.length).toBeLessThanOrEqual(WINDOW + 1);
  });

  it('is over at once when another node has found this one', async () => {
    const world = new LocatorWorld(BLACK_HOLE);
    const location = world.locator.start();
    world.timeline.schedule(100, () => world.mesh.linkUp(card('a', '10.0.4.9')));
    expect(await world.outcome(location)).toBe('clustered');
    expect(world.now).toBe(100);
  });

  it('is over during a back-off too', async () => {
    const world = new LocatorWorld({ ...ITSELF, commonRandomBackoff: [10_000, 10_000] });
    const location = world.locator.start();
    world.timeline.schedule(100, () => world.mesh.linkUp(card('a', '127.0.0.2')));
    expect(await world.outcome(location)).toBe('clustered');
    expect(world.now).toBe(100);
  });

  it('calls nobody where a link is up already', async () => {
    const world = new LocatorWorld();
    world.mesh.linkUp(card('a', '127.0.0.2'));
    expect(await world.outcome(world.locator.start())).toBe('clustered');
    expect(world.mesh.calls).toEqual([]);
    expect(world.phases.at(-1)).toBe('watching');
  });

  it('has one outcome, however often it is started', async () => {
    const world = new LocatorWorld();
    expect(world.locator.start()).toBe(world.locator.start());
    await world.outcome(world.locator.start());
    expect(world.mesh.calls).toHaveLength(15);
  });

  it('calls the seeds first, and the range only if none of them answers', async () => {
    const seeds = ['10.9.9.9', '127.0.0.4:4000', '127.0.0.1', '127.0.0.3'];
    const world = new LocatorWorld({ seeds, seekAttempts: 1 });
    await world.outcome(world.locator.start());
    const [first, second, third, ...range] = world.mesh.calls;
    expect([first, second, third]).toMatchObject([
      { address: '10.9.9.9', port: PORT, at: 0 },
      { address: '127.0.0.4', port: 4_000, at: 0 },
      { address: '127.0.0.3', port: PORT, at: 0 },
    ]);
    expect(range.map(({ address }) => address).toSorted()).toEqual(
      [2, 4, 5, 6].map((last) => `127.0.0.${last}`),
    );

    const found = new LocatorWorld({ seeds });
    found.mesh.answer = (address) =>
      address === '10.9.9.9' ? { outcome: { linked: card('a', address) }, after: 3 } : undefined;
    expect(await found.outcome(found.locator.start())).toBe('clustered');
    expect(found.mesh.calls).toHaveLength(3);
  });

  it('resolves a name again at each pass, and calls each address behind it once', async () => {
    const answers = [['10.0.4.8', '10.0.4.9', '10.0.4.8'], ['10.0.4.10'], []];
    const world = new LocatorWorld(
      { seeds: ['shop.internal:4000'], ...ITSELF },
      async () => answers.shift() ?? [],
    );
    await world.outcome(world.locator.start());
    expect(world.hosts()).toEqual(['10.0.4.8', '10.0.4.9', '10.0.4.10']);
    expect(answers).toEqual([]);
  });

  it('waits for no name longer than for a host', async () => {
    const world = new LocatorWorld(
      { ...BLACK_HOLE, seeds: ['shop.internal'] },
      () => new Promise(() => {}),
    );
    expect(await world.outcome(world.locator.start())).toBe('standalone');
    expect(world.now).toBeLessThan(3 * 500 + 2 * 300 + 1);
  });

  it('does not call again who is of another cluster', async () => {
    const world = new LocatorWorld();
    world.mesh.answer = () => ({ outcome: { rejected: 'cluster' }, after: 1 });
    expect(await world.outcome(world.locator.start())).toBe('standalone');
    expect(world.mesh.calls).toHaveLength(5);
  });

  it('fails where a live node has the id of this one, and says so in the log', async () => {
    const world = new LocatorWorld();
    world.mesh.answer = (address) =>
      address === '127.0.0.3' ? { outcome: { rejected: 'duplicate-id' }, after: 1 } : undefined;
    const location = world.locator.start();
    await expect(world.outcome(location)).rejects.toThrow(DuplicateNodeIdError);
    expect(world.now).toBe(1);
    expect(world.phases.at(-1)).toBe('stopped');
    expect(log.filter((line) => line.includes('me@127.0.0.1:33000'))).toHaveLength(1);
    await world.timeline.advance(60_000);
    expect(world.mesh.calls).toHaveLength(5);
  });

  it('ends with the node', async () => {
    const world = new LocatorWorld(BLACK_HOLE);
    const location = world.locator.start();
    world.timeline.schedule(100, () => world.locator.stop());
    expect(await world.outcome(location)).toBe('standalone');
    expect(world.now).toBe(100);
    expect(world.phases).toEqual(['stopped', 'seeking', 'stopped']);
    const calls = world.mesh.calls.length;
    await world.timeline.advance(60_000);
    expect(world.mesh.calls).toHaveLength(calls);
    expect(await world.locator.start()).toBe('standalone');
  });

  it('does not begin after the end', async () => {
    const world = new LocatorWorld();
    world.locator.stop();
    expect(await world.outcome(world.locator.start())).toBe('standalone');
    expect(world.mesh.calls).toEqual([]);
  });
});
