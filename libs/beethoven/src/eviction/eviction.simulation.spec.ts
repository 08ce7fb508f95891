import { Module } from '@nestjs/common';
import { Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { BEETHOVEN_OPTIONS } from '../beethoven.module-definition.js';
import { BeethovenModule } from '../beethoven.module.js';
import type { BeethovenOptions } from '../beethoven.options.js';
import { BeethovenService } from '../beethoven.service.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { Role } from '../decorators/role.decorator.js';
import { ReadyService } from '../ready/ready.service.js';
import { SimulatedCluster } from '../testing/simulated-cluster.js';
import type { DrainReason } from './drain-reason.js';
import type { EvictionNotice, EvictionNoticeSource } from './eviction-notice.js';

@Role({ name: 'mail', instances: 1 })
class MailRole {
  onRoleStart(): void {}
}

/** A source that says what the test wants it to. */
class Notices implements EvictionNoticeSource {
  readonly name = 'test';
  readonly notices = new Subject<EvictionNotice>();
  watch(): Subject<EvictionNotice> {
    return this.notices;
  }
}

@Module({
  imports: [
    BeethovenModule.forRootAsync({
      useFactory: () => ({ clusterName: 'shop', evictionNotices: [new Notices()] }),
    }),
  ],
  providers: [MailRole],
})
class ShopModule {}

let cluster: SimulatedCluster;

async function start(seed: number): Promise<string> {
  cluster = await SimulatedCluster.create({ nodes: 3, module: ShopModule, seed });
  const [holder] = cluster.holders('mail');
  if (holder === undefined) throw new Error('Nobody holds mail.');
  return holder;
}
function notify(node: string, notice: Partial<EvictionNotice> = {}): void {
  const { evictionNotices } = cluster.app(node).get<BeethovenOptions>(BEETHOVEN_OPTIONS);
  const [source] = evictionNotices as [Notices];
  source.notices.next({ source: 'test', event: 'Preempt', ...notice });
}
const service = (node: string): BeethovenService => cluster.app(node).get(BeethovenService);
const other = (node: string): string => cluster.nodes.find((id) => id !== node) as string;
const statusOf = (node: string): string | undefined =>
  service(other(node))
    .clusterNodes()
    .find(({ id }) => id === node)?.status;

afterEach(async () => {
  for (const node of cluster.nodes) await cluster.terminate(node);
});

describe('a node whose machine is to go', () => {
  it('hands its roles over, is not ready any more, and leaves', async () => {
    const holder = await start(1);
    const ready: boolean[] = [];
    cluster
      .app(holder)
      .get(ReadyService)
      .ready$.subscribe((is) => ready.push(is));
    notify(holder);
    expect(service(holder).isReady()).toBe(false);
    await cluster.until(() => statusOf(holder) === 'left', 1_000);
    expect(cluster.holders('mail')).toEqual([expect.not.stringContaining(holder)]);
    expect(cluster.epoch('mail')).toBe(2);
    expect(ready).toEqual([true, false]);
  });

  it('tells whoever asked once all is done, in this order', async () => {
    const holder = await start(2);
    const story: string[] = [];
    const tell = async (what: string): Promise<void> => {
      const isMember = cluster.app(holder).get(CoreServerService).isLive(holder);
      story.push(`${what}: ${cluster.holders('mail').includes(holder)}, ${isMember}`);
    };
    notify(holder, {
      beforeLeaving: () => tell('before leaving, it holds mail and is a member'),
      approve: () => tell('approved, it holds mail and is a member'),
    });
    service(holder).drained$.subscribe(() => void tell('drained, it holds mail and is a member'));
    await cluster.until(() => story.length === 3, 1_000);
    expect(story).toEqual([
      'before leaving, it holds mail and is a member: false, true',
      'approved, it holds mail and is a member: false, false',
      'drained, it holds mail and is a member: false, false',
    ]);
  });

  it('approves once, however often it is told, and asked', async () => {
    const holder = await start(3);
    let approvals = 0;
    const approve = async (): Promise<void> => void approvals++;
    notify(holder, { approve });
    notify(holder, { approve });
    void service(holder).drain();
    await cluster.until(() => statusOf(holder) === 'left', 1_000);
    await cluster.terminate(holder);
    expect(approvals).toBe(1);
  });

  it('leaves although the approval fails, and although nobody lets it go', async () => {
    const holder = await start(4);
    const fail = () => Promise.reject(new Error('no'));
    notify(holder, { beforeLeaving: fail, approve: fail });
    const reasons: DrainReason[] = [];
    service(holder).drained$.subscribe((reason) => reasons.push(reason));
    await cluster.until(() => reasons.length === 1, 1_000);
    expect(reasons).toMatchObject([{ cause: 'eviction', notice: { event: 'Preempt' } }]);
  });

  it('waits for others no longer once its application is closed', async () => {
    const holder = await start(5);
    notify(holder, {
      beforeLeaving: (hurry) =>
        new Promise((resolve) => hurry.addEventListener('abort', () => resolve())),
    });
    await cluster.advance(60_000);
    expect(statusOf(holder)).toBe('alive');
    await cluster.terminate(holder);
    await cluster.advance(10);
    expect(service(cluster.nodes[0] as string).clusterNodes()).toContainEqual(
      expect.objectContaining({ id: holder, status: 'left' }),
    );
  });
});

describe('whatever the reason, a node goes down', () => {
  const ways: Record<string, (node: string) => void> = {
    'by a notice': (node) => notify(node),
    'by drain()': (node) => void service(node).drain({ cause: 'request', detail: 'deploy' }),
    'by SIGTERM': (node) => void cluster.app(node).close(),
  };

  it.each(Object.keys(ways))('the same way: %s', async (way) => {
    const holder = await start(6);
    const begin = cluster.now;
    const story: string[] = [];
    const watcher = cluster.app(other(holder)).get(BeethovenService);
    ways[way]?.(holder);
    let last = '';
    while (statusOf(holder) !== 'left' && cluster.now - begin < 1_000) {
      await cluster.advance(0.1);
      const seen = `${watcher.whereIs('mail').includes(holder)} ${statusOf(holder)}`;
      if (seen !== last) story.push(seen);
      last = seen;
    }
    expect(story).toEqual(['true alive', 'false alive', 'false left']);
  });
});

describe('a node whose machine is to stand still', () => {
  it('hands its roles over, stays a member, and takes part again when it is over', async () => {
    const holder = await start(7);
    let end = (): void => {};
    let approved = false;
    const over = new Promise<void>((resolve) => (end = resolve));
    notify(holder, { event: 'Freeze', over, approve: async () => void (approved = true) });
    await cluster.until(() => approved, 1_000);
    expect(service(holder).isReady()).toBe(false);
    const [second] = cluster.holders('mail');
    expect(second).not.toBe(holder);
    expect(statusOf(holder)).toBe('alive');
    expect(service(other(holder)).roles()).toMatchObject([{ role: 'mail', nodes: [second] }]);

    // It is no candidate meanwhile.
    await cluster.terminate(second as string);
    await cluster.settled();
    expect(cluster.holders('mail')).not.toContain(holder);

    end();
    await cluster.until(() => service(holder).isReady(), 1_000);
    await cluster.terminate(cluster.holders('mail')[0] as string);
    await cluster.until(() => cluster.holders('mail').includes(holder), 5_000);
  });

  it('waits for the last of several pauses', async () => {
    const holder = await start(8);
    const ends: (() => void)[] = [];
    const over = () => new Promise<void>((resolve) => ends.push(resolve));
    notify(holder, { event: 'Freeze', over: over() });
    notify(holder, { event: 'Freeze', over: over() });
    await cluster.advance(100);
    ends[0]?.();
    await cluster.advance(1_000);
    expect(service(holder).isReady()).toBe(false);
    ends[1]?.();
    await cluster.advance(1_000);
    expect(service(holder).isReady()).toBe(true);
  });

  it('leaves all the same when it is to go meanwhile, and does not come back', async () => {
    const holder = await start(9);
    let end = (): void => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    notify(holder, { event: 'Freeze', over });
    await cluster.advance(100);
    notify(holder);
    await cluster.until(() => statusOf(holder) === 'left', 1_000);
    end();
    await cluster.settled();
    expect(service(holder).isReady()).toBe(false);
    expect(cluster.holders('mail')).not.toContain(holder);
  });
});

it('a source that fails takes nothing with it', async () => {
  const holder = await start(10);
  const { evictionNotices } = cluster.app(holder).get<BeethovenOptions>(BEETHOVEN_OPTIONS);
  (evictionNotices as [Notices])[0].notices.error(new Error('broken'));
  await cluster.advance(10_000);
  expect(cluster.holders('mail')).toEqual([holder]);
});
