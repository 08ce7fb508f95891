import { Logger } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CoreWorld, type CoreNode } from '../core-server/core-server.fixture.js';
import type { NodeId } from '../protocol/terms.js';
import type { DiscTables } from '../storage/disc-tables.js';
import { TableService } from '../tables/table.service.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { AllocatorService } from './allocator.service.js';
import { SignalIngress } from './signal-ingress.js';
import type { QuorumService } from '../quorum/quorum.service.js';
import type { SignalMethods } from './signal-methods.js';

interface Node {
  readonly core: CoreNode;
  readonly id: NodeId;
  readonly tables: TableService;
  readonly allocator: AllocatorService;
}

const noMethods = { start: () => {}, stop: () => {} } as SignalMethods;

async function start(world: CoreWorld, name: string, address?: string): Promise<Node> {
  const core = await world.start(name, address === undefined ? {} : { address });
  const { process, mesh, identity, service } = core;
  const random = new SeededRandom(3);
  const quorum = { hasQuorum: true } as QuorumService;
  const disc = { start: () => {} } as DiscTables;
  const tables = new TableService(process.clock, random, mesh, identity, service, quorum, disc);
  tables.start();
  const ingress = new SignalIngress();
  const allocator = new AllocatorService(
    service,
    tables,
    ingress,
    noMethods,
    process.clock,
    random,
  );
  allocator.start();
  return { core, id: core.id, tables, allocator };
}

const busy = (node: Node, delta: number) =>
  node.allocator.send({ name: 'jobs', weight: 1, type: 'count', delta });

const scores = ({ allocator }: Node) =>
  Object.fromEntries(allocator.getAll().map(({ node, score }) => [node.split('@')[0], score]));

describe('the allocators of three nodes', () => {
  beforeAll(() => Logger.overrideLogger(false));

  let world: CoreWorld;
  let a: Node;
  let b: Node;
  let c: Node;

  beforeEach(async () => {
    world = new CoreWorld();
    a = await start(world, 'a');
    await world.timeline.advance(10);
    b = await start(world, 'b');
    await world.timeline.advance(10);
    c = await start(world, 'c');
    busy(a, 1);
    busy(b, 2);
    busy(c, 3);
    b.core.seek(a.id);
    c.core.seek(a.id);
    await world.timeline.advance(1_000);
  });

  it('agree', () => {
    for (const node of [a, b, c]) {
      expect(scores(node)).toEqual({ a: 1, b: 2, c: 3 });
      expect(node.allocator.allocationList()).toEqual([a.id, b.id, c.id]);
    }
  });

  it('follow a signal within 20 ms, everywhere', async () => {
    busy(a, 10);
    await world.timeline.advance(20);
    for (const node of [a, b, c]) expect(node.allocator.allocate()).toBe(b.id);
  });

  it('lose a crashed node with the verdict, and its row later on', async () => {
    world.crash(a.core);
    const noticed = await world.timeline.until(() => !b.core.service.isLive(a.id), 10_000);
    expect(noticed).toBe(true);
    expect(scores(b)).toEqual({ b: 2, c: 3 });
    await world.timeline.advance(30_000);
    const rows = b.tables.find('beethoven.scores');
    expect(rows?.size).toBe(2);
  });

  it('know the score of a node that comes back under its id', async () => {
    busy(b, 40);
    await world.timeline.advance(100);
    world.crash(b.core);
    await world.timeline.advance(1_000);
    const again = await start(world, 'b', '10.0.0.2');
    expect(again.id).toBe(b.id);
    again.core.seek(a.id);
    await world.timeline.advance(2_000);
    for (const node of [a, again, c]) expect(scores(node)).toEqual({ a: 1, b: 0, c: 3 });
  });

  it('agree again after a partition in which each side has removed the rows of the other', async () => {
    world.network.partition([a.core.process], [b.core.process, c.core.process]);
    await world.timeline.advance(60_000);
    expect(scores(a)).toEqual({ a: 1 });
    expect(scores(b)).toEqual({ b: 2, c: 3 });
    world.network.heal();
    b.core.seek(a.id);
    await world.timeline.advance(20_000);
    for (const node of [a, b, c]) expect(scores(node)).toEqual({ a: 1, b: 2, c: 3 });
  });
});
