import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { BeethovenModule } from '../beethoven.module.js';
import { BeethovenService } from '../beethoven.service.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { Role } from '../decorators/role.decorator.js';
import { AlreadyAdvancingError } from '../errors/already-advancing.error.js';
import { NodeNotRunningError } from '../errors/node-not-running.error.js';
import { NotReachedError } from '../errors/not-reached.error.js';
import { SimulationClosedError } from '../errors/simulation-closed.error.js';
import { UnknownNodeError } from '../errors/unknown-node.error.js';
import type { NodeId } from '../protocol/terms.js';
import { SimulatedCluster } from './simulated-cluster.js';

@Role({ name: 'mail', instances: 1 })
class MailRole {
  onRoleStart(): void {}
}

@Role({ name: 'news', instances: 1 })
class NewsRole {
  onRoleStart(): void {}
}

@Injectable()
class Farewell implements OnApplicationShutdown {
  static said = 0;

  onApplicationShutdown(): void {
    Farewell.said++;
  }
}

const beethoven = BeethovenModule.forRoot({ clusterName: 'shop' });

@Module({ imports: [beethoven], providers: [MailRole, Farewell] })
class ShopModule {}

@Module({ imports: [beethoven], providers: [MailRole, NewsRole] })
class NextModule {}

const shop = (nodes = 3, seed = 1) => SimulatedCluster.create({ nodes, module: ShopModule, seed });
const some = (nodes: readonly NodeId[]): NodeId => nodes[0] ?? 'nobody';
const other = (cluster: SimulatedCluster, node: NodeId): NodeId =>
  cluster.nodes.find((one) => one !== node) ?? 'nobody';
const sees = (cluster: SimulatedCluster, node: NodeId): number =>
  cluster.app(node).get(CoreServerService).nodes().length;

describe('misuse', () => {
  it('of a name is answered with the names that there are', async () => {
    await using cluster = await shop(1);
    for (const ask of [
      'app',
      'crash',
      'restart',
      'pause',
      'resume',
      'isolate',
      'powerOff',
    ] as const)
      expect(() => void cluster[ask]('n9')).toThrow(UnknownNodeError);
    await expect(cluster.terminate('n9')).rejects.toThrow('n1');
    expect(() => cluster.partition(['n1'], ['n2'])).toThrow(UnknownNodeError);
    const [nobody] = cluster.holders('no such role') as [NodeId];
    expect(() => cluster.crash(nobody)).toThrow(UnknownNodeError);
  });

  it('of a node that does not run is answered with what it is', async () => {
    await using cluster = await shop(1);
    cluster.crash('n1');
    expect(() => cluster.app('n1')).toThrow(NodeNotRunningError);
    expect(() => cluster.pause('n1')).toThrow('has ended');
    cluster.restart('n1');
    expect(() => cluster.app('n1')).toThrow('not started');
    await expect(cluster.terminate('n1')).rejects.toThrow(NodeNotRunningError);
  });

  it('of time is refused: one advance at once', async () => {
    await using cluster = await shop(1);
    const first = cluster.advance(10);
    await expect(cluster.advance(1)).rejects.toThrow(AlreadyAdvancingError);
    await expect(cluster.until(() => true)).rejects.toThrow(AlreadyAdvancingError);
    await expect(cluster.close()).rejects.toThrow(AlreadyAdvancingError);
    await first;
  });

  it('after the end is refused, and the end may be asked for twice', async () => {
    const cluster = await shop(1);
    await cluster.close();
    await cluster.close();
    await expect(cluster.advance(1)).rejects.toThrow(SimulationClosedError);
    expect(() => cluster.start()).toThrow(SimulationClosedError);
  });

  it('of patience says the seed and what the nodes saw', async () => {
    await using cluster = await shop(1, 5);
    const error = await cluster.until(() => false, 100).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotReachedError);
    expect(error).toMatchObject({ seed: 5, report: [{ node: some(cluster.nodes) }] });
  });
});

describe('time', () => {
  it('passes to the event that makes a condition true', async () => {
    await using cluster = await shop();
    const holder = some(cluster.holders('mail'));
    const start = cluster.now;
    cluster.crash(holder);
    await cluster.until(() => cluster.holders('mail').length === 1, 1_000);
    expect(cluster.now - start).toBeLessThan(50);
  });

  it('of a frozen node goes on by itself', async () => {
    await using cluster = await shop();
    const node = some(cluster.nodes);
    const peer = other(cluster, node);
    cluster.freeze(node, 20_000);
    await cluster.advance(19_000);
    expect(sees(cluster, peer)).toBe(2);
    await cluster.settled();
    expect(sees(cluster, peer)).toBe(3);
  });

  it('may be wrong on a node, before its start and later', async () => {
    await using cluster = await SimulatedCluster.create({
      nodes: [{}, { clock: { offset: 3_600_000, drift: 200 } }, { clock: { offset: -60_000 } }],
      module: ShopModule,
    });
    expect(cluster.nodes).toHaveLength(3);
    const startedAt = cluster.nodes.map(
      (node) => cluster.app(node).get(CoreServerService).self.startedAt,
    );
    expect((startedAt[1] ?? 0) - (startedAt[0] ?? 0)).toBeGreaterThan(3_500_000);
    for (const node of cluster.nodes) expect(sees(cluster, node)).toBe(3);
    cluster.setClock('n1', { drift: -500 });
    await cluster.advance(60_000);
    expect(cluster.holders('mail')).toHaveLength(1);
  });
});

describe('a node', () => {
  it('may take its time to start', async () => {
    await using cluster = await shop(2);
    const slow = cluster.start({ slowStart: 8_000 });
    await cluster.advance(3_900);
    expect(sees(cluster, 'n1')).toBe(2);
    await cluster.advance(1_000);
    expect(sees(cluster, 'n1')).toBe(3);
    expect(() => cluster.app(slow)).toThrow(NodeNotRunningError);
    await cluster.advance(3_200);
    expect(cluster.app(slow).get(BeethovenService).mode()).toBe('clustered');
  });

  it('comes back with another application, one after the other: a rolling upgrade', async () => {
    await using cluster = await shop();
    for (const node of cluster.nodes) {
      await cluster.terminate(node);
      cluster.restart(node, { module: NextModule });
      await cluster.settled();
      expect(cluster.holders('mail')).toHaveLength(1);
    }
    expect(cluster.holders('news')).toHaveLength(1);
    expect(cluster.nodes).toHaveLength(3);
  });

  it('that loses its power is missed, and is taken back', async () => {
    await using cluster = await shop();
    const node = some(cluster.nodes);
    const peer = other(cluster, node);
    cluster.powerOff(node);
    await cluster.advance(100);
    expect(sees(cluster, peer)).toBe(3);
    await cluster.until(() => sees(cluster, peer) === 2, 10_000);
    cluster.heal();
    cluster.restart(node);
    await cluster.settled();
    expect(sees(cluster, peer)).toBe(3);
  });

  it('that is isolated is so for those too that start later, and through its own restart', async () => {
    await using cluster = await shop(2);
    const cut = cluster.isolate('n1');
    cluster.restart('n1');
    const late = cluster.start();
    await cluster.settled();
    expect(sees(cluster, late)).toBe(2);
    expect(sees(cluster, 'n1')).toBe(1);
    cut.heal();
    await cluster.settled();
    expect(sees(cluster, late)).toBe(3);
  });

  it('runs its shutdown hooks when it is told to end, and at the end of the simulation', async () => {
    const cluster = await shop(3);
    Farewell.said = 0;
    await cluster.terminate('n1');
    expect(Farewell.said).toBe(1);
    await cluster.close();
    expect(Farewell.said).toBe(3);
  });
});

describe('links', () => {
  it('of a bridge carry both sides of a partition', async () => {
    await using cluster = await shop(5);
    const [a, b, , d, e] = cluster.nodes as [NodeId, NodeId, NodeId, NodeId, NodeId];
    cluster.partition([a, b], [d, e]);
    await cluster.advance(30_000);
    for (const node of cluster.nodes) expect(sees(cluster, node)).toBe(5);
  });

  it('that are swizzled or forgotten, or cut one way, come back to one cluster', async () => {
    await using cluster = await shop(4);
    const [a, b] = cluster.nodes as [NodeId, NodeId];
    cluster.swizzle(cluster.nodes, 10_000);
    await cluster.advance(12_000);
    cluster.forgetConnections(a, b);
    cluster.forgetConnections(a, cluster.nodes.slice(2), 'silence');
    await cluster.advance(5_000);
    cluster.block(a, cluster.nodes.slice(1));
    await cluster.advance(10_000);
    cluster.heal();
    await cluster.settled();
    for (const node of cluster.nodes) expect(sees(cluster, node)).toBe(4);
    expect(cluster.holders('mail')).toHaveLength(1);
  });

  it('may be bad from one node to another alone', async () => {
    await using cluster = await shop();
    cluster.degrade({ latency: { median: 40, p99: 200 }, loss: 0.2 }, { from: 'n1', to: ['n2'] });
    cluster.degrade({ latency: [1, 5] }, { to: 'n3' });
    await cluster.advance(20_000);
    cluster.degrade({});
    await cluster.settled();
    for (const node of cluster.nodes) expect(sees(cluster, node)).toBe(3);
  });
});

describe('a run', () => {
  const story = async (seed: number) => {
    const trace: string[] = [];
    await using cluster = await SimulatedCluster.create({
      nodes: 3,
      module: ShopModule,
      seed,
      trace: (line) => trace.push(line),
    });
    cluster.degrade({ latency: { median: 1, p99: 30 }, loss: 0.05, reordering: 0.1 });
    cluster.crash(some(cluster.holders('mail')));
    await cluster.advance(5_000);
    return { digest: cluster.digest, trace };
  };

  it('is the same twice for one seed, and another for another', async () => {
    const [one, same, another] = [await story(7), await story(7), await story(8)];
    expect(one.trace.length).toBeGreaterThan(100);
    expect(same).toEqual(one);
    expect(another.digest).not.toBe(one.digest);
  });
});

describe('a stranger', () => {
  it('is turned away, whatever it says, and leaves nothing behind', async () => {
    await using cluster = await shop();
    const before = cluster.report();
    for (const frames of [[], [[0xc1]], [[0x92, 0, 7], [0x80]]])
      cluster.intrude(
        some(cluster.nodes),
        frames.map((frame) => Uint8Array.from(frame)),
      );
    await cluster.advance(10);
    expect(cluster.report()[0]?.open.connections).toBeGreaterThan(2);
    await cluster.advance(3_000);
    expect(cluster.report().map(({ open }) => open.connections)).toEqual([2, 2, 2]);
    expect(cluster.report().map(({ live }) => live)).toEqual(before.map(({ live }) => live));
  });
});
