import { Logger, Module, type Type } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AllocatorService } from '../allocator/allocator.service.js';
import { BeethovenModule } from '../beethoven.module.js';
import {
  DistrServer,
  HandleCall,
  HandleCast,
  OnTableEvent,
} from '../decorators/distr-server.decorator.js';
import { Role } from '../decorators/role.decorator.js';
import { CallTimeoutError } from '../errors/call-timeout.error.js';
import { CallLostError } from '../errors/call-lost.error.js';
import { DistrServerDefinitionError } from '../errors/distr-server-definition.error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { ServerNotRunningError } from '../errors/server-not-running.error.js';
import type { NodeId } from '../protocol/terms.js';
import { SimulatedCluster } from '../testing/simulated-cluster.js';
import type { Table, TableEvent } from '../tables/table.js';
import { TableService } from '../tables/table.service.js';
import { DistrServerBase, type OnEntry, type OnTableCreated } from './distr-server-base.js';
import { DistrServerClient, type CallOptions } from './distr-server-client.js';

beforeEach(() => {
  Logger.overrideLogger(false);
  log.length = 0;
});

interface Counter {
  readonly id: string;
  readonly value: number;
}

class SoldOutError extends Error {
  override readonly name = 'SoldOutError';
  readonly code = 'SOLD_OUT';
}

const log: string[] = [];
const turn = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

const COUNTERS = { name: 'counters', key: 'id', columns: ['id', 'value'] } as const;

@DistrServer({ table: COUNTERS, subscribe: true, args: 'hello' })
class Counters extends DistrServerBase<Counter> implements OnTableCreated<Counter>, OnEntry {
  #calls = 0;

  onTableCreated(table: Table<Counter>): void {
    log.push('created');
    table.put({ id: 'first', value: 1 });
  }

  onEntry(args: unknown): void {
    log.push(`${String(args)} ${this.table.get('first')?.value}`);
  }

  @HandleCall()
  async add(id: string, by: number): Promise<number> {
    const value = (this.table.get(id)?.value ?? 0) + by;
    await turn(); // who does not do one thing at a time loses what another adds here
    this.table.put({ id, value });
    return value;
  }

  @HandleCall()
  async calls(): Promise<number> {
    return ++this.#calls;
  }

  @HandleCall()
  async buy(): Promise<void> {
    throw new SoldOutError('nothing left');
  }

  @HandleCall()
  hang(): Promise<void> {
    return new Promise(() => undefined);
  }

  @HandleCast()
  async crash(): Promise<void> {
    throw new Error('crashed');
  }

  @OnTableEvent()
  changed({ operation, key }: TableEvent<Counter>): void {
    log.push(`${operation} ${key}`);
  }
}

@Role({ name: 'testd' })
@DistrServer({ table: { ...COUNTERS, name: 'testd' } })
class TestdRole extends DistrServerBase<Counter> {
  @HandleCall()
  async count(): Promise<number> {
    return this.table.transaction((tx) => {
      const value = (tx.get('n')?.value ?? 0) + 1;
      tx.put({ id: 'n', value });
      return value;
    });
  }
}

const beethoven = BeethovenModule.forRoot({ clusterName: 'shop' });

@Module({ imports: [beethoven], providers: [Counters] })
class CountersModule {}

@Module({ imports: [beethoven], providers: [TestdRole] })
class TestdModule {}

const clusterOf = (module: Type, nodes = 3) => SimulatedCluster.create({ nodes, module, seed: 7 });
const counters = (cluster: SimulatedCluster, node: NodeId, options?: CallOptions) =>
  cluster.app(node).get(DistrServerClient).of(Counters, options);
const testd = (cluster: SimulatedCluster, node: NodeId, options?: CallOptions) =>
  cluster.app(node).get(DistrServerClient).of(TestdRole, options);
const idOf = (cluster: SimulatedCluster, name: string): NodeId =>
  cluster.nodes.find((id) => id.startsWith(`${name}@`)) ?? 'nobody';

/** What a promise gives, or is rejected with, once it does. */
async function outcome(cluster: SimulatedCluster, promise: Promise<unknown>): Promise<unknown> {
  const settled: { value?: unknown } = {};
  void promise.then(
    (value) => (settled.value = value),
    (error: unknown) => (settled.value = error),
  );
  void promise.finally(() => (settled.value ??= undefined)).catch(() => undefined);
  await cluster.until(() => 'value' in settled, 30_000);
  return settled.value;
}

describe('a DistrServer', () => {
  it('has its table created once, then enters on every node', async () => {
    await using cluster = await clusterOf(CountersModule);
    const creations = log.filter((line) => line === 'created');
    const entries = log.filter((line) => line.startsWith('hello'));
    expect(creations).toHaveLength(1);
    expect(entries).toEqual(['hello 1', 'hello 1', 'hello 1']);
    expect(cluster.app('n2').get(TableService).find('counters')?.size).toBe(1);
  });

  it('is called on this node, on a named one, or on the least busy', async () => {
    await using cluster = await clusterOf(CountersModule);
    const n2 = idOf(cluster, 'n2');
    const calls = (options?: CallOptions) =>
      outcome(cluster, counters(cluster, 'n1', options).calls());
    expect(await calls()).toBe(1);
    expect(await calls({ node: 'self' })).toBe(2);
    expect(await calls({ node: n2 })).toBe(1);
    expect(await outcome(cluster, counters(cluster, 'n2').calls())).toBe(2);
    expect(await calls({ node: 'least-busy' })).toEqual(expect.any(Number));
  });

  it('does one thing at a time', async () => {
    await using cluster = await clusterOf(CountersModule, 2);
    const n1 = idOf(cluster, 'n1');
    const adds = ['n1', 'n2', 'n1', 'n2', 'n1'].map((node) =>
      counters(cluster, node, { node: n1 }).add('x', 1),
    );
    expect(await outcome(cluster, Promise.all(adds))).toHaveLength(5);
    expect(await outcome(cluster, counters(cluster, 'n1').add('x', 0))).toBe(5);
  });

  it('carries errors to the caller: class, code, message, and no stack', async () => {
    await using cluster = await clusterOf(CountersModule, 2);
    const n2 = idOf(cluster, 'n2');
    for (const options of [{ node: n2 }, { node: 'self' }]) {
      // oxlint-disable-next-line no-await-in-loop
      const error = await outcome(cluster, counters(cluster, 'n1', options).buy());
      expect(error).toBeInstanceOf(RemoteCallError);
      expect(error).toMatchObject({
        name: 'SoldOutError',
        remoteCode: 'SOLD_OUT',
        message: 'nothing left',
      });
      expect((error as Error).stack).not.toContain('Counters.buy');
    }
    expect(await outcome(cluster, counters(cluster, 'n1').calls())).toBe(1);
  });

  it('is waited for as long as was asked', async () => {
    await using cluster = await clusterOf(CountersModule, 2);
    const begun = cluster.now;
    const options = { node: idOf(cluster, 'n2'), timeout: 700 };
    const error = await outcome(cluster, counters(cluster, 'n1', options).hang());
    expect(error).toBeInstanceOf(CallTimeoutError);
    expect(cluster.now - begun).toBeLessThan(800);
    expect(error).toMatchObject({ message: expect.stringContaining('Counters.hang()') as string });
  });

  it('tells who called that its node is lost', async () => {
    await using cluster = await clusterOf(CountersModule, 2);
    const node = idOf(cluster, 'n2');
    const call = outcome(cluster, counters(cluster, 'n1', { node }).hang());
    cluster.crash(node);
    expect(await call).toBeInstanceOf(CallLostError);
    const again = await outcome(cluster, counters(cluster, 'n1', { node }).calls());
    expect(again).toMatchObject({ sent: false });
  });

  it('hears of every change of its table', async () => {
    await using cluster = await clusterOf(CountersModule, 2);
    log.length = 0;
    await outcome(cluster, counters(cluster, 'n1').add('seen', 1));
    await cluster.advance(10);
    expect(log).toEqual(['put seen', 'put seen']);
  });

  it('is started anew when it crashes, and rests when it crashes too often', async () => {
    await using cluster = await clusterOf(CountersModule, 1);
    const server = counters(cluster, 'n1', { timeout: 100 });
    expect(await outcome(cluster, server.calls())).toBe(1);
    await outcome(cluster, server.crash());
    await cluster.advance(10);
    expect(await outcome(cluster, server.calls())).toBe(1);
    for (let i = 0; i < 3; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one crash after the other
      await outcome(cluster, server.crash());
      // oxlint-disable-next-line no-await-in-loop
      await cluster.advance(10);
    }
    expect(await outcome(cluster, server.calls())).toBeInstanceOf(ServerNotRunningError);
    await cluster.advance(31_000);
    expect(await outcome(cluster, server.calls())).toBe(1);
    expect(log.filter((line) => line === 'created')).toHaveLength(1);
  });

  it('has to be declared as one', async () => {
    class Plain extends DistrServerBase<Counter> {}
    await using cluster = await clusterOf(CountersModule, 1);
    const client = cluster.app('n1').get(DistrServerClient);
    expect(() => client.of(Plain)).toThrow(DistrServerDefinitionError);

    @DistrServer({ table: COUNTERS })
    class Deaf extends DistrServerBase<Counter> {
      @OnTableEvent()
      changed(): void {}
    }
    @Module({ imports: [beethoven], providers: [Deaf] })
    class DeafModule {}
    await expect(clusterOf(DeafModule, 1)).rejects.toThrow(/Deaf.*subscribe: true/);
  });
});

describe('a DistrServer that is a role', () => {
  it('runs where the role is held, and is found from everywhere', async () => {
    await using cluster = await clusterOf(TestdModule);
    for (const [i, node] of cluster.nodes.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await outcome(cluster, testd(cluster, node).count())).toBe(i + 1);
    }
    expect(cluster.holders('testd')).toHaveLength(1);
    const elsewhere = cluster.nodes.find((node) => !cluster.holders('testd').includes(node))!;
    const there = await outcome(
      cluster,
      testd(cluster, cluster.nodes[0]!, { node: elsewhere }).count(),
    );
    expect(there).toMatchObject({ remoteCode: 'BEETHOVEN_SERVER_NOT_RUNNING' });
  });

  it('goes on elsewhere where it was, when its node crashes', async () => {
    await using cluster = await clusterOf(TestdModule);
    const [holder] = cluster.holders('testd');
    const caller = cluster.nodes.find((node) => node !== holder)!;
    expect(await outcome(cluster, testd(cluster, caller).count())).toBe(1);
    cluster.crash(holder!);
    // Once the link is gone, a call looks for the server until it runs again: the caller need not know that it moves.
    await cluster.advance(2);
    expect(await outcome(cluster, testd(cluster, caller).count())).toBe(2);
    expect(cluster.holders('testd')).not.toContain(holder);
  });

  it('is not looked for again and again while nobody runs it', async () => {
    await using cluster = await clusterOf(CountersModule, 2);
    const [caller] = cluster.nodes as [NodeId];
    const looks = vi.spyOn(cluster.app(caller).get(AllocatorService), 'allocationList');
    const call = testd(cluster, caller, { timeout: 5_000 }).count();
    expect(await outcome(cluster, call)).toBeInstanceOf(ServerNotRunningError);
    expect(looks.mock.calls.length).toBeLessThan(5);
  });

  it('goes on elsewhere when its node leaves, and callers notice nothing', async () => {
    await using cluster = await clusterOf(TestdModule);
    const [holder] = cluster.holders('testd');
    const caller = cluster.nodes.find((node) => node !== holder)!;
    expect(await outcome(cluster, testd(cluster, caller).count())).toBe(1);
    await cluster.terminate(holder!);
    expect(await outcome(cluster, testd(cluster, caller).count())).toBe(2);
  });
});
