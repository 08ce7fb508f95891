import { lastValueFrom, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { InvalidRangeError } from '../errors/invalid-range.error.js';
import { RangeTooLargeError } from '../errors/range-too-large.error.js';
import { captureLog } from '../network/mesh.fixture.js';
import { WINDOW } from './dial-window.js';
import { LocatorWorld, card } from './locator.fixture.js';
import type { ScanProgress } from './scan.js';

const LAN = { clusterNet: '10.0.4.0', clusterNetMask: 24 };

const everything = (world: LocatorWorld, range?: string): Promise<ScanProgress[]> =>
  world.outcome(lastValueFrom(world.locator.scan(range).pipe(toArray())));

describe('a scan', () => {
  beforeEach(() => void captureLog());

  it('finds each Beacon once, and tells how far it is', async () => {
    const world = new LocatorWorld(LAN);
    for (const host of ['10.0.4.9', '10.0.4.200']) world.mesh.beacons.set(host, card(host, host));
    const progress = await everything(world);

    expect(progress.flatMap(({ found }) => found)).toEqual(
      expect.arrayContaining([
        { address: '10.0.4.9', port: 33_000, node: card('10.0.4.9', '10.0.4.9') },
        { address: '10.0.4.200', port: 33_000, node: card('10.0.4.200', '10.0.4.200') },
      ]),
    );
    expect(progress.flatMap(({ found }) => found)).toHaveLength(2);
    expect(progress.at(-1)).toMatchObject({ probed: 254, total: 254 });
    const probed = progress.map((step) => step.probed);
    expect(probed).toEqual(probed.toSorted((a, b) => a - b));
    expect(world.now).toBe(250);
  });

  it('finds this node without calling it', async () => {
    const world = new LocatorWorld();
    const found = (await everything(world)).flatMap((step) => step.found);
    expect(found.map(({ node }) => node.id)).toEqual(['me@127.0.0.1:33000']);
    expect(world.mesh.asks).toHaveLength(5);
    expect(world.mesh.calls).toEqual([]);
  });

  it('goes where it is told to', async () => {
    const world = new LocatorWorld();
    expect((await everything(world, '10.9.9.9/30')).at(-1)).toMatchObject({ probed: 2, total: 2 });
    expect(world.mesh.asks.map(({ address }) => address).toSorted()).toEqual([
      '10.9.9.10',
      '10.9.9.9',
    ]);
  });

  it.each(['', '10.0.0.0', '10.0.0.0/4', 'localhost/24'])(
    'errors where it is told to go to %j',
    async (range) => {
      const world = new LocatorWorld();
      await expect(lastValueFrom(world.locator.scan(range))).rejects.toThrow(InvalidRangeError);
      expect(world.mesh.asks).toEqual([]);
    },
  );

  it('reports about a hundred times, however large the range', async () => {
    const world = new LocatorWorld();
    const progress = await everything(world, '10.0.0.0/20');
    expect(progress.length).toBeGreaterThan(80);
    expect(progress.length).toBeLessThanOrEqual(101);
    expect(world.mesh.mostUnderWay).toBe(WINDOW);
  });

  it('ends when nobody listens to it any more', async () => {
    const world = new LocatorWorld();
    const steps: ScanProgress[] = [];
    const scanning = world.locator.scan('10.0.0.0/8').subscribe((step) => steps.push(step));
    world.timeline.schedule(600, () => scanning.unsubscribe());
    await world.timeline.advance(60_000);
    expect(world.mesh.asks).toHaveLength(3 * WINDOW);
  });

  it('begins when somebody listens to it, anew for each', async () => {
    const world = new LocatorWorld();
    const scan = world.locator.scan();
    await world.timeline.advance(1_000);
    expect(world.mesh.asks).toEqual([]);
    await world.outcome(Promise.all([lastValueFrom(scan), lastValueFrom(scan)]));
    expect(world.mesh.asks).toHaveLength(10);
  });

  it('ends with the node, and does not begin after it', async () => {
    const world = new LocatorWorld();
    let ended = false;
    world.locator.scan('10.0.0.0/8').subscribe({ complete: () => (ended = true) });
    await world.timeline.advance(300);
    world.locator.stop();
    expect(ended).toBe(true);
    await world.timeline.advance(1_000);
    expect(world.mesh.asks).toHaveLength(2 * WINDOW);
    expect(await everything(world)).toEqual([]);
  });
});

describe('the hosts', () => {
  it('are those of the network, ascending', () => {
    expect(new LocatorWorld().locator.hosts()).toEqual(
      [1, 2, 3, 4, 5, 6].map((last) => `127.0.0.${last}`),
    );
    const { locator } = new LocatorWorld({ clusterNet: '10.0.0.0', clusterNetMask: 16 });
    expect(locator.hosts()).toHaveLength(65_534);
  });

  it('of a network larger than a /16 are no list', () => {
    const { locator } = new LocatorWorld({ clusterNet: '10.0.0.0', clusterNetMask: 15 });
    expect(() => locator.hosts()).toThrow(RangeTooLargeError);
  });
});
