import { beforeEach, describe, expect, it } from 'vitest';
import { BeaconService } from '../beacon/beacon.service.js';
import type { ResolvedOptions } from '../beethoven.options.js';
import { Identity } from '../network/identity.js';
import { Whereabouts } from '../network/whereabouts.js';
import { Mesh } from '../network/mesh.js';
import { captureLog } from '../network/mesh.fixture.js';
import { parseNodeId, type Endpoint, type NodeId } from '../protocol/terms.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import type { SimulatedProcess } from '../testing/simulated-process.js';
import { Timeline } from '../testing/timeline.js';
import { noNames } from './name-lookup.js';
import { noDisc } from '../network/disc.js';
import { LocatorService } from './locator.service.js';
import type { Location } from './seek.js';

const OPTIONS = {
  clusterName: 'shop',
  clusterNet: '127.0.0.0',
  clusterNetMask: 29,
  listenerAddress: undefined,
  listenerPort: 33_000,
  commonRandomBackoff: [150, 300],
  seekAttempts: 3,
  seeds: [],
  discovery: ['seeds', 'range'],
  nameServers: [],
  secret: [],
  allow: [],
  insecure: true,
} as unknown as ResolvedOptions;

/** A node that finds others, and does nothing else. */
interface Finder {
  readonly process: SimulatedProcess;
  readonly identity: Identity;
  readonly mesh: Mesh;
  readonly beacon: BeaconService;
  readonly locator: LocatorService;
  readonly lost: Map<NodeId, Endpoint>;
  location: Location | undefined;
}

const peers = ({ mesh }: Finder): NodeId[] => [...mesh.links()];

/** Whether a way along links leads from the first to each other one. */
function isOne(nodes: readonly Finder[]): boolean {
  const byId = new Map(nodes.map((node) => [node.identity.id, node]));
  const met = new Set<NodeId>([nodes[0]!.identity.id]);
  for (const id of met) {
    const node = byId.get(id);
    if (node !== undefined) for (const peer of peers(node)) met.add(peer);
  }
  return nodes.every(({ identity }) => met.has(identity.id));
}

describe('nodes', () => {
  let timeline: Timeline;
  let network: SimulatedNetwork;
  let seed: number;

  beforeEach(() => {
    captureLog();
    setUp(1);
  });

  function setUp(from: number): void {
    seed = from * 1_000;
    timeline = new Timeline();
    network = new SimulatedNetwork(timeline, new SeededRandom(seed));
  }

  async function start(
    name: string,
    overrides: Partial<ResolvedOptions> = {},
    addresses?: readonly string[],
    cutFrom: readonly Finder[] = [],
  ): Promise<Finder> {
    const options = { ...OPTIONS, ...overrides };
    const process = network.process(name, addresses);
    network.partition(
      cutFrom.map((other) => other.process),
      [process],
    );
    const identity = new Identity();
    const whereabouts = new Whereabouts(options, process.clock);
    const mesh = new Mesh(process.clock, process, options, identity, whereabouts);
    const beacon = new BeaconService(process.clock, process, options, mesh);
    const locator = new LocatorService(
      process.clock,
      new SeededRandom(++seed),
      options,
      noNames,
      noDisc,
      undefined,
      identity,
      mesh,
      whereabouts,
    );
    identity.assume({ name, ...(await beacon.listen()) }, timeline.now, {});
    mesh.open();
    const lost = new Map<NodeId, Endpoint>();
    mesh.onLinkUp(({ id }) => lost.delete(id));
    mesh.onLinkDown((id) => lost.set(id, parseNodeId(id)!));
    locator.remember(() => lost.values());
    const node: Finder = { process, identity, mesh, beacon, locator, lost, location: undefined };
    void locator.start().then((location) => (node.location = location));
    return node;
  }

  it('that start together are one cluster, in every run', async () => {
    for (let run = 1; run <= 20; run++) {
      setUp(run);
      const nodes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => start(name)));
      expect(
        await timeline.until(() => nodes.every(({ location }) => location !== undefined), 2_000),
      ).toBe(true);
      expect(nodes.map(({ location }) => location)).toEqual(Array(5).fill('clustered'));
      expect(await timeline.until(() => isOne(nodes), 1_000)).toBe(true);
    }
  });

  it('that start later join in the time of a round trip', async () => {
    await start('a');
    await timeline.advance(2_000);
    const begin = timeline.now;
    const late = await start('b');
    await timeline.until(() => late.location !== undefined, 1_000);
    expect(late.location).toBe('clustered');
    expect(timeline.now - begin).toBeLessThan(5);
  });

  it('that are alone are standalone within two seconds, in a silent /24', async () => {
    const begin = timeline.now;
    const lonely = await start('a', { clusterNet: '10.0.4.0', clusterNetMask: 24 }, ['10.0.4.7']);
    await timeline.until(() => lonely.location !== undefined, 10_000);
    expect(lonely.location).toBe('standalone');
    expect(timeline.now - begin).toBeLessThan(2_000);
  });

  it('that never met because the network was cut meet within ten seconds after it heals', async () => {
    for (let run = 1; run <= 10; run++) {
      setUp(run);
      const a = await start('a');
      const b = await start('b', {}, undefined, [a]);
      await timeline.until(() => a.location !== undefined && b.location !== undefined, 5_000);
      expect([a.location, b.location]).toEqual(['standalone', 'standalone']);

      network.heal();
      expect(await timeline.until(() => isOne([a, b]), 10_000)).toBe(true);
    }
  });

  it('that lost each other for a long time meet within eleven seconds after the cut', async () => {
    const outside = { clusterNet: '10.0.4.0', clusterNetMask: 16 };
    const a = await start('a', outside, ['10.0.4.7']);
    const b = await start('b', { ...outside, seeds: ['10.0.4.7'] }, ['10.0.9.9']);
    expect(await timeline.until(() => isOne([a, b]), 1_000)).toBe(true);
    network.partition([a.process], [b.process]);
    a.mesh.disconnect(b.identity.id);
    b.mesh.disconnect(a.identity.id);
    await timeline.advance(600_000);
    expect(peers(a)).toEqual([]);
    network.heal();
    expect(await timeline.until(() => isOne([a, b]), 11_000)).toBe(true);
  });

  it('of another cluster are left alone', async () => {
    const a = await start('a');
    const stranger = await start('b', { clusterName: 'bakery' });
    await timeline.advance(120_000);
    expect([a.location, stranger.location]).toEqual(['standalone', 'standalone']);
    expect([...peers(a), ...peers(stranger)]).toEqual([]);
  });

  it('that come when every address is taken find the others all the same', async () => {
    const small = { clusterNetMask: 30 };
    const nodes = [await start('a', small), await start('b', small), await start('c', small)];
    await timeline.until(() => isOne(nodes), 2_000);
    expect(nodes[2]!.beacon.port).not.toBe(33_000);
    expect(isOne(nodes)).toBe(true);
  });

  it('find the same nodes by scanning', async () => {
    const nodes = [await start('a'), await start('b')];
    await timeline.until(() => isOne(nodes), 2_000);
    const found: NodeId[] = [];
    nodes[0]!.locator.scan().subscribe((step) => {
      for (const { node } of step.found) found.push(node.id);
    });
    await timeline.advance(1_000);
    expect(found.toSorted()).toEqual(nodes.map(({ identity }) => identity.id).toSorted());
  });

  it('that are linked are not called again', async () => {
    const nodes = [await start('a'), await start('b')];
    await timeline.until(() => isOne(nodes), 2_000);
    await timeline.advance(5_000);
    const connections = nodes.map(({ mesh }) => mesh.counters.connections);
    expect(connections).toEqual([1, 1]);
  });
});
