import { Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { BeethovenModule } from '../beethoven.module.js';
import { LocatorService } from '../locator/locator.service.js';
import { SimulatedCluster } from '../testing/simulated-cluster.js';
import type { ClusterNode } from './cluster-node.js';
import { CoreServerService } from './core-server.service.js';
import { lostNodes } from './lost-nodes.js';

const node = (
  id: string,
  status: ClusterNode['status'],
  { startedAt = 0, lastChange = 0 } = {},
): ClusterNode => {
  const [name = '', address = ''] = id.split('@');
  return { id, name, address, port: 1, status, startedAt, lastChange, labels: {}, self: false };
};
const lost = (...nodes: ClusterNode[]): string[] => lostNodes(nodes).map(({ id }) => id);

describe('a lost node', () => {
  it('is one that went down, and none that lives or has left', () => {
    const others = [node('b@2', 'alive'), node('c@3', 'suspect'), node('d@4', 'left')];
    expect(lost(node('a@1', 'down'), ...others)).toEqual(['a@1']);
  });

  it('is none whose name was taken over, also before its end was found out', () => {
    const dead = node('a@1', 'down', { lastChange: 100_000 });
    expect(lost(dead, node('a@2', 'alive', { startedAt: 200_000 }))).toEqual([]);
    expect(lost(dead, node('a@2', 'stalled', { startedAt: 99_000 }))).toEqual([]);
  });

  it('is one again when whoever took its name over is gone too, together with that one', () => {
    const [first, second] = [node('a@1', 'down'), node('a@2', 'down', { startedAt: 1 })];
    expect(lost(first, second)).toEqual(['a@1', 'a@2']);
  });

  it('is one whose name others bear as well', () => {
    const dead = node('web@1', 'down', { lastChange: 100_000 });
    const elder = node('web@2', 'alive', { startedAt: 10_000 });
    const newcomer = node('web@3', 'alive', { startedAt: 200_000 });
    expect(lost(dead, elder, newcomer)).toEqual(['web@1']);
  });
});

@Module({ imports: [BeethovenModule.forRoot({ discovery: ['range'] })] })
class AppModule {}

describe('a node that starts again at another address, under its old name', () => {
  it('is a new member after the old one is down, and nobody calls where it was', async () => {
    await using cluster = await SimulatedCluster.create({ nodes: 3, module: AppModule, seed: 5 });
    const observer = cluster.app('n2');
    const { address } = cluster.app('n1').get(CoreServerService).self;
    const news: string[] = [];
    const core = observer.get(CoreServerService);
    core.membership$.subscribe(({ type, node: { id } }) => news.push(`${type} ${id}`));

    cluster.crash('n1');
    await cluster.settled();
    // Somebody else has the old address for a while, so that it starts at another.
    const guest = cluster.start();
    await cluster.settled();
    cluster.restart('n1');
    await cluster.settled();
    await cluster.terminate(guest);
    await cluster.settled();

    const { id, name } = cluster.app('n1').get(CoreServerService).self;
    const old = `${name}@${address}:33000`;
    expect(id).not.toBe(old);
    expect(news.filter((line) => line.includes('n1@'))).toEqual([`down ${old}`, `joined ${id}`]);
    expect(core.nodes().map((live) => live.id)).not.toContain(old);

    const calls = () =>
      observer
        .get(LocatorService)
        .report()
        .find(({ source }) => source === 'lost')?.outcomes['refused'];
    const before = calls();
    await cluster.advance(60_000);
    expect(calls()).toBe(before);
  });
});
