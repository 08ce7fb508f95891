import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import type { ResolvedOptions } from '../beethoven.options.js';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { EvictionNotice } from '../eviction/eviction-notice.js';
import type { MetadataAnswer, MetadataRequest } from '../network/metadata.js';
import type { RoleMgmtService } from '../role-mgmt/role-mgmt.service.js';
import { Timeline } from '../testing/timeline.js';
import type { AzureInstance } from './azure-instance.js';
import { AzureNotices } from './azure-notices.js';
import { AzureService } from './azure.service.js';

vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});

const ME = 'me@10.0.0.1:1';
const YOU = 'you@10.0.0.2:1';

/** One node in Azure, and what Azure answers it, in virtual time. */
class World {
  readonly timeline = new Timeline();
  readonly requests: MetadataRequest[] = [];
  readonly notices: EvictionNotice[] = [];
  events: object[] = [];
  incarnation = 1;
  /** Given instead of the events. */
  faults: MetadataAnswer[] = [];
  /** What approvals are answered. */
  approvals: MetadataAnswer[] = [];
  drained = new Set<string>();
  readonly azure: AzureService;

  constructor(azure: AzureInstance | 'no_azure' = { vm: 'vm_0' } as AzureInstance) {
    const clock = this.timeline.clock();
    const options = {
      metadataEndpoint: 'http://metadata',
      failureDetection: { suspicionMultiplier: 4, probeInterval: 500 },
    } as ResolvedOptions;
    this.azure = new AzureService(
      azure === 'no_azure' ? { azure, why: 'a test' } : { azure },
      options,
      async (_endpoint, request) => this.#answer(request),
      clock,
    );
    const nodes = [ME, YOU].map((id, index) => ({
      id,
      labels: { 'beethoven.machine': `vm_${index}` },
    }));
    const notices = new AzureNotices(
      this.azure,
      {
        self: nodes[0],
        clusterNodes: () => nodes,
        isLive: () => true,
      } as unknown as CoreServerService,
      { hasDrained: (id: string) => this.drained.has(id) } as unknown as RoleMgmtService,
      clock,
      options,
    );
    notices.watch().subscribe((notice) => this.notices.push(notice));
  }

  schedule(type: string, machines: string[], seconds = -1, more: object = {}): void {
    this.incarnation++;
    this.events.push({
      EventId: `${type}-${this.incarnation}`,
      EventType: type,
      EventStatus: 'Scheduled',
      Resources: machines,
      NotBefore: new Date(this.timeline.now + 30_000).toUTCString(),
      DurationInSeconds: seconds,
      ...more,
    });
  }

  get approved(): string[] {
    return this.requests.filter(({ method }) => method === 'POST').map(({ body }) => body ?? '');
  }

  /** Does what a node does that has been given the notice. Resolves when the approval is settled. */
  async heed(notice: EvictionNotice | undefined, limit = 60_000): Promise<void> {
    let done = false;
    const work = (async () => {
      await notice?.beforeLeaving?.(new AbortController().signal);
      await notice?.approve?.();
    })().finally(() => (done = true));
    work.catch(() => {});
    await this.timeline.until(() => done, limit);
    if (done) await work;
  }

  async #answer(request: MetadataRequest): Promise<MetadataAnswer> {
    this.requests.push(request);
    const ok = (body: string): MetadataAnswer => ({ status: 200, headers: {}, body });
    if (request.method === 'POST') return this.approvals.shift() ?? ok('');
    const { incarnation, events } = this;
    return (
      this.faults.shift() ??
      ok(JSON.stringify({ DocumentIncarnation: incarnation, Events: events }))
    );
  }
}

const status = (code: number): MetadataAnswer => ({ status: code, headers: {}, body: '' });

describe('scheduled events', () => {
  it('are asked for once a second, and told when they change', async () => {
    const world = new World();
    const seen: number[] = [];
    world.azure.scheduledEvents$.subscribe((events) => seen.push(events.length));
    world.azure.start();
    await world.timeline.advance(10_500);
    expect(world.requests).toHaveLength(11);
    world.schedule('Reboot', ['vm_7']);
    await world.timeline.advance(5_000);
    expect(seen).toEqual([0, 0, 1]);
    expect(world.notices).toEqual([]);
  });

  it('may take two minutes to be answered for the first time, and no longer than seconds ever after', async () => {
    const world = new World();
    world.azure.start();
    await world.timeline.advance(1_500);
    expect(world.requests.map(({ timeout }) => timeout)).toEqual([150_000, 5_000]);
  });

  it.each<[string, MetadataAnswer]>([
    ['400', status(400)],
    ['404', status(404)],
    ['410', status(410)],
    ['429', status(429)],
    ['500', status(500)],
    ['a redirect', status(302)],
    ['no answer', { failed: 'timeout' }],
    ['garbage', { status: 200, headers: {}, body: '{"Events":"none"}' }],
  ])(
    'are asked for again after %s, more slowly, with one line in the log',
    async (_what, fault) => {
      const world = new World();
      warn.mockClear();
      world.faults = [fault, fault, fault];
      world.azure.start();
      await world.timeline.advance(100);
      world.schedule('Preempt', ['vm_0']);
      await world.timeline.advance(11_500);
      expect(world.requests).toHaveLength(4);
      expect(world.notices).toHaveLength(1);
      expect(warn).toHaveBeenCalledTimes(1);
    },
  );

  it('complete at once outside Azure, where nobody is asked', async () => {
    const world = new World('no_azure');
    let completed = false;
    world.azure.scheduledEvents$.subscribe({ complete: () => (completed = true) });
    world.azure.start();
    await world.timeline.advance(10_000);
    expect([completed, world.requests]).toEqual([true, []]);
  });

  it('complete when the node leaves, and nobody is asked any more', async () => {
    const world = new World();
    world.azure.start();
    await world.timeline.advance(100);
    let completed = false;
    world.azure.scheduledEvents$.subscribe({ complete: () => (completed = true) });
    world.azure.stop();
    await world.timeline.advance(10_000);
    expect([completed, world.requests.length]).toEqual([true, 1]);
  });
});

describe('a scheduled event', () => {
  it('for this machine is noticed once, within a second of its announcement', async () => {
    const world = new World();
    world.azure.start();
    await world.timeline.advance(500);
    world.schedule('Preempt', ['other', 'VM_0']);
    await world.timeline.advance(1_000);
    expect(world.notices).toMatchObject([{ source: 'azure', event: 'Preempt', over: undefined }]);
    world.schedule('Reboot', ['vm_9']);
    await world.timeline.advance(10_000);
    expect(world.notices).toHaveLength(1);
  });

  it('is approved once, when all has been handed over', async () => {
    const world = new World();
    world.schedule('Preempt', ['vm_0']);
    world.azure.start();
    await world.timeline.advance(10);
    await world.heed(world.notices[0]);
    expect(world.approved).toEqual([JSON.stringify({ StartRequests: [{ EventId: 'Preempt-2' }] })]);
  });

  it('of several machines is not approved before the others have drained', async () => {
    const world = new World();
    world.schedule('Reboot', ['vm_1', 'vm_0'].toReversed());
    world.azure.start();
    await world.timeline.advance(10);
    await world.heed(world.notices[0], 20_000);
    expect(world.approved).toEqual([]);
    world.drained.add(YOU);
    await world.timeline.advance(200);
    expect(world.approved).toHaveLength(1);
  });

  it('starts in its own time where the others do not drain', async () => {
    const world = new World();
    world.schedule('Preempt', ['vm_0', 'vm_1']);
    world.azure.start();
    await world.timeline.advance(10);
    const begin = world.timeline.now;
    await world.heed(world.notices[0]);
    expect(world.timeline.now - begin).toBeLessThan(30_200);
    expect(world.approved).toEqual([]);
  });

  it('that has started already is not approved', async () => {
    const world = new World();
    world.schedule('Reboot', ['vm_0'], -1, { EventStatus: 'Started', NotBefore: '' });
    world.azure.start();
    await world.timeline.advance(10);
    expect(world.notices).toHaveLength(1);
    await world.heed(world.notices[0]);
    expect(world.approved).toEqual([]);
  });

  it.each([[429], [500], [410]])('is approved again after a %i', async (code) => {
    const world = new World();
    world.approvals = [status(code), { failed: 'timeout' }];
    world.schedule('Preempt', ['vm_0']);
    world.azure.start();
    await world.timeline.advance(10);
    await world.heed(world.notices[0]);
    expect(world.approved).toHaveLength(3);
  });

  it.each([
    ['refuses it', status(400), 1],
    ['stays out of breath', status(429), 6],
  ])('that Azure %s is let be', async (_what, answer, times) => {
    const world = new World();
    world.approvals = Array.from({ length: 100 }, () => answer);
    world.schedule('Preempt', ['vm_0']);
    world.azure.start();
    await world.timeline.advance(10);
    await expect(world.heed(world.notices[0])).rejects.toThrow(/does not take the approval/);
    expect(world.approved).toHaveLength(times);
  });
});

describe('a freeze', () => {
  it('that is shorter than what is noticed moves nothing', async () => {
    const world = new World();
    world.schedule('Freeze', ['vm_0'], 1);
    world.azure.start();
    await world.timeline.advance(60_000);
    expect([world.notices, world.approved]).toEqual([[], []]);
  });

  it('that is longer is over when Azure lists it no more', async () => {
    const world = new World();
    world.schedule('Freeze', ['vm_0'], 9);
    world.azure.start();
    await world.timeline.advance(10);
    let isOver = false;
    void world.notices[0]?.over?.then(() => (isOver = true));
    await world.timeline.advance(5_000);
    expect(isOver).toBe(false);
    world.events = [];
    world.incarnation++;
    await world.timeline.advance(1_000);
    expect(isOver).toBe(true);
  });
});
