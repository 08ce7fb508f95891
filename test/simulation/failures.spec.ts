import { SimulatedCluster } from 'nestjs-beethoven/testing';
import { describe, expect, it } from 'vitest';
import { expectOneCluster } from './laws.js';
import { ShopModule } from './shop.module.js';

const ROLES = { mail: 1, poller: 2 };
const shop = (nodes: number, seed: number) =>
  SimulatedCluster.create({ nodes, module: ShopModule, seed });
const first = (nodes: readonly string[]): string => {
  const [node] = nodes;
  if (node === undefined) throw new Error('Nobody is left.');
  return node;
};

describe('a cluster', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'of five nodes that start at the same moment is one (seed %i)',
    async (seed) => {
      const cluster = await shop(5, seed);
      expectOneCluster(cluster, ROLES);
      expect(cluster.epoch('mail')).toBe(1);
    },
  );

  it.each([11, 12, 13, 14])(
    'runs the role of a crashed node elsewhere, once (seed %i)',
    async (seed) => {
      const cluster = await shop(4, seed);
      const [holder] = cluster.holders('mail');

      cluster.crash(first([holder ?? '']));
      await cluster.until(() => cluster.holders('mail').length === 1, 50);
      await cluster.settled();

      expectOneCluster(cluster, ROLES);
      expect(cluster.holders('mail')).not.toContain(holder);
      expect(cluster.epoch('mail')).toBe(2);
    },
  );

  it('loses all but one node and keeps its roles', async () => {
    const cluster = await shop(5, 21);
    for (const node of cluster.nodes.slice(0, 4)) {
      cluster.crash(node);
      await cluster.advance(7);
    }
    await cluster.settled();
    expectOneCluster(cluster, ROLES);
  });

  it('takes a restarted node back, in a new life', async () => {
    const cluster = await shop(3, 31);
    const [holder] = cluster.holders('mail');
    cluster.crash(first([holder ?? '']));
    await cluster.advance(1);
    cluster.restart(holder ?? '');
    await cluster.settled();
    expect(cluster.nodes).toHaveLength(3);
    expectOneCluster(cluster, ROLES);
    expect(cluster.epoch('mail')).toBeGreaterThan(1);
  });

  it.each([41, 42, 43, 44])(
    'runs on both sides of a partition and is one again after it (seed %i)',
    async (seed) => {
      const cluster = await shop(5, seed);
      const { nodes } = cluster;
      cluster.partition(nodes.slice(0, 2), nodes.slice(2));
      await cluster.settled();
      // AP: each side keeps the role running.
      expect(cluster.holders('mail')).toHaveLength(2);

      cluster.heal();
      await cluster.settled();
      expectOneCluster(cluster, ROLES);
    },
  );

  it.each([45, 46, 47, 48, 49, 50])(
    'that was cut in two goes on with one of its two holders, under an epoch that neither side has used (seed %i)',
    async (seed) => {
      const cluster = await shop(5, seed);
      const [holder = ''] = cluster.holders('mail');
      const others = cluster.nodes.filter((node) => node !== holder);
      cluster.crash(holder);
      cluster.partition(others.slice(0, 2), others.slice(2));
      await cluster.settled();
      const both = cluster.holders('mail');
      expect(both).toHaveLength(2);
      expect(cluster.epoch('mail')).toBe(2);

      cluster.heal();
      await cluster.until(() => cluster.epoch('mail') === 3, 5_000);
      await cluster.settled();
      expectOneCluster(cluster, ROLES);
      expect(cluster.epoch('mail')).toBe(3);
      expect(both).toContain(cluster.holders('mail')[0]);
    },
  );

  it.each([51, 52, 53])(
    'moves the role of a stalled node, and is one again when it wakes (seed %i)',
    async (seed) => {
      const cluster = await shop(5, seed);
      const [holder] = cluster.holders('mail');
      const stalled = first([holder ?? '']);

      cluster.pause(stalled);
      await cluster.until(() => cluster.holders('mail').some((node) => node !== stalled), 14_000);
      await cluster.advance(10_000);
      cluster.resume(stalled);
      await cluster.advance(5_000);

      expectOneCluster(cluster, ROLES);
    },
  );

  it('condemns nobody because one node slept for a moment', async () => {
    const cluster = await shop(5, 61);
    const verdicts: string[] = [];
    const { CoreServerService } = await import('nestjs-beethoven');
    for (const node of cluster.nodes)
      cluster
        .app(node)
        .get(CoreServerService)
        .membership$.subscribe(({ type }) => verdicts.push(type));
    const sleeper = first(cluster.nodes);
    cluster.pause(sleeper);
    await cluster.advance(1_000);
    cluster.resume(sleeper);
    await cluster.settled();
    expect(verdicts).not.toContain('down');
    expectOneCluster(cluster, ROLES);
  });

  it('hands its roles over when a node is told to end', async () => {
    const cluster = await shop(3, 71);
    const [holder] = cluster.holders('mail');
    await cluster.terminate(holder ?? '');
    expect(cluster.holders('mail')).toHaveLength(1);
    await cluster.settled();
    expectOneCluster(cluster, ROLES);
    expect(cluster.epoch('mail')).toBe(2);
  });

  it('stays one under loss and delay', async () => {
    const cluster = await shop(5, 81);
    cluster.degrade({ loss: 0.1, latency: [5, 40] });
    await cluster.advance(30_000);
    cluster.degrade({});
    await cluster.settled();
    expectOneCluster(cluster, ROLES);
  });

  it('is the same run for the same seed, twice', async () => {
    const run = async () => {
      const cluster = await shop(4, 91);
      cluster.crash(first(cluster.holders('poller')));
      await cluster.advance(3_000);
      cluster.start();
      await cluster.settled();
      return JSON.stringify([cluster.now, cluster.report()]);
    };
    expect(await run()).toBe(await run());
  });
});

describe('a node whose event loop is blocked', () => {
  it.each([101, 102, 103])(
    'keeps its roles for ten seconds, and is given nothing new (seed %i)',
    async (seed) => {
      const cluster = await shop(5, seed);
      const { AllocatorService, CoreServerService } = await import('nestjs-beethoven');
      const [holder = ''] = cluster.holders('mail');
      const others = cluster.nodes.filter((node) => node !== holder);
      const seen: string[] = [];
      for (const node of cluster.nodes)
        cluster
          .app(node)
          .get(CoreServerService)
          .membership$.subscribe(({ type }) => seen.push(type));

      cluster.pause(holder, 9_000);
      await cluster.advance(3_000);
      for (const node of others) {
        const allocator = cluster.app(node).get(AllocatorService);
        expect(allocator.allocationList()).not.toContain(holder);
        expect(allocator.getAll()).toHaveLength(5);
      }
      await cluster.advance(8_000);

      expect(new Set(seen)).toEqual(new Set(['stalled', 'recovered']));
      expect(cluster.holders('mail')).toEqual([holder]);
      expect(cluster.epoch('mail')).toBe(1);
      expectOneCluster(cluster, ROLES);
    },
  );
});
