import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ReplaySubject, filter, type Observable } from 'rxjs';
import { AllocatorService } from './allocator/allocator.service.js';
import { BeaconService } from './beacon/beacon.service.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from './beethoven.options.js';
import { lostNodes } from './core-server/lost-nodes.js';
import { CoreServerService } from './core-server/core-server.service.js';
import { describeDrain, type DrainReason } from './eviction/drain-reason.js';
import type { EvictionNotice } from './eviction/eviction-notice.js';
import { DistrServerHost } from './distr-server/distr-server-host.js';
import { EvictionService } from './eviction/eviction.service.js';
import { HwMonService } from './hw-mon/hw-mon.service.js';
import { LocatorService } from './locator/locator.service.js';
import { CLOCK, type Clock } from './network/clock.js';
import { Identity } from './network/identity.js';
import { Mesh } from './network/mesh.js';
import { QuorumService } from './quorum/quorum.service.js';
import { systemClock } from './network/system-clock.js';
import { ReadyService } from './ready/ready.service.js';
import { Understudy, rehearseTakeovers } from './role-mgmt/rehearsal.js';
import { RoleMgmtService } from './role-mgmt/role-mgmt.service.js';
import { TableService } from './tables/table.service.js';

/**
 * The order in which a node comes up and goes down. The application's start waits until the node can be found, not until it
 * has found others; its stop waits until its roles run elsewhere.
 */
@Injectable()
export class BeethovenLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Beethoven');
  readonly #drained = new ReplaySubject<DrainReason>(1);
  readonly #hurry = new AbortController();
  #settled: Promise<void> = Promise.resolve();
  #leaving: Promise<void> | undefined;
  /** How many announced pauses are not over. */
  #pauses = 0;

  /** Why this node has left, once it has; then completes. */
  readonly drained$: Observable<DrainReason> = this.#drained.asObservable();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly moduleRef: ModuleRef,
    private readonly identity: Identity,
    private readonly mesh: Mesh,
    private readonly beacon: BeaconService,
    private readonly locator: LocatorService,
    private readonly coreServer: CoreServerService,
    private readonly quorum: QuorumService,
    private readonly tables: TableService,
    private readonly allocator: AllocatorService,
    private readonly hwMon: HwMonService,
    private readonly roleMgmt: RoleMgmtService,
    private readonly ready: ReadyService,
    private readonly evictions: EvictionService,
    private readonly servers: DistrServerHost,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { nodeName, labels } = this.options;
    const endpoint = await this.beacon.listen();
    this.identity.assume({ name: nodeName, ...endpoint }, this.clock.now(), labels);
    this.mesh.open();
    this.coreServer.start();
    this.quorum.start();
    this.servers.openTables();
    this.tables.start();
    this.locator.remember(() => lostNodes(this.coreServer.clusterNodes()));
    // A port that was taken may be free once the node that had it is gone.
    this.coreServer.membership$
      .pipe(filter(({ type }) => type === 'down' || type === 'left'))
      .subscribe(() => void this.beacon.attemptRecover());
    this.evictions.notices$.subscribe((notice) => void this.#heed(notice));
    this.#settled = this.settle();
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    await this.drain({ cause: 'shutdown', signal });
  }

  /**
   * The one way down, whatever the reason: takes no role any more, hands over those that run here, says goodbye, closes the links. Done
   * once, however often it is asked for.
   */
  drain(reason: DrainReason): Promise<void> {
    if (reason.cause === 'shutdown') this.#hurry.abort();
    return (this.#leaving ??= this.depart(reason));
  }

  private async settle(): Promise<void> {
    try {
      const mode = await this.locator.start();
      if (this.#leaving !== undefined) return;
      this.#logger.log(`${this.identity.id} is ${mode}`);
      // Nobody asks how busy a node is before it has a place: its first dials go before.
      this.allocator.start();
      this.hwMon.start();
      this.evictions.start();
      this.ready.advance({ stage: 'syncing' });
      await this.tables.synced();
      if (!this.roleMgmt.hasHistory) await this.#meetThoseThatStartToo();
      this.tables.takePart();
      this.servers.start();
      this.ready.advance({ stage: 'assigning' });
      await this.roleMgmt.start();
      if (this.#leaving !== undefined) return;
      this.ready.advance({ stage: 'ready' });
      // Simulated nodes share one V8.
      if (this.clock === systemClock) {
        await rehearseTakeovers(() => this.moduleRef.resolve(Understudy), this.clock);
      }
    } catch (error) {
      if (this.#leaving !== undefined) return;
      this.#logger.error(error);
      this.ready.advance({ stage: 'failed', error: error as Error });
    }
  }

  /**
   * Of nodes that start at the same moment, two may meet before they meet the rest: of a cluster that has assigned its roles
   * already, or of others that are about to assign them as well. Whoever was called has its say first.
   */
  async #meetThoseThatStartToo(): Promise<void> {
    await this.locator.answered();
    await this.tables.synced();
  }

  async #heed(notice: EvictionNotice): Promise<void> {
    if (notice.over === undefined) await this.drain({ cause: 'eviction', notice });
    else await this.#stepAside(notice, notice.over);
  }

  /** A machine that stands still for a while is not missed where it has nothing to do. */
  async #stepAside(notice: EvictionNotice, over: Promise<void>): Promise<void> {
    await this.#settled;
    if (!this.ready.isReady() && this.#pauses === 0) return; // it is leaving, or has never come up
    this.#logger.log(`Stepping aside: ${describeDrain({ cause: 'eviction', notice })}`);
    this.#pauses++;
    this.ready.advance({ stage: 'aside' });
    await this.roleMgmt.drain();
    await this.#attempt(notice.beforeLeaving);
    await this.#attempt(notice.approve);
    await over;
    if (--this.#pauses > 0 || this.#leaving !== undefined) return;
    this.#logger.log(`${notice.event} is over: taking part again`);
    await this.roleMgmt.resume();
    if (this.#leaving === undefined) this.ready.advance({ stage: 'ready' });
  }

  private async depart(reason: DrainReason): Promise<void> {
    const notice = reason.cause === 'eviction' ? reason.notice : undefined;
    this.#logger.log(`Draining: ${describeDrain(reason)}`);
    this.ready.advance({ stage: 'stopped' });
    this.locator.stop();
    this.evictions.stop();
    await this.roleMgmt.drain();
    await this.servers.stop();
    await this.#attempt(notice?.beforeLeaving);
    await this.quorum.leave();
    await this.coreServer.leave();
    this.roleMgmt.stop();
    this.quorum.stop();
    this.hwMon.stop();
    this.allocator.stop();
    const kept = this.tables.close();
    this.mesh.close();
    await this.beacon.close();
    await kept;
    await this.#attempt(notice?.approve);
    this.#drained.next(reason);
    this.#drained.complete();
  }

  /** What others have to do with a drain must not keep it from its end. */
  async #attempt(step: ((hurry: AbortSignal) => Promise<void>) | undefined): Promise<void> {
    try {
      await step?.(this.#hurry.signal);
    } catch (error) {
      this.#logger.warn(error instanceof Error ? error.message : String(error));
    }
  }
}
