import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { filter } from 'rxjs';
import { AllocatorService } from './allocator/allocator.service.js';
import { BeaconService } from './beacon/beacon.service.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from './beethoven.options.js';
import { CoreServerService } from './core-server/core-server.service.js';
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
  #leaving: Promise<void> | undefined;

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
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { nodeName, labels } = this.options;
    const endpoint = await this.beacon.listen();
    this.identity.assume({ name: nodeName, ...endpoint }, this.clock.now(), labels);
    this.mesh.open();
    this.coreServer.start();
    this.quorum.start();
    this.tables.start();
    this.locator.remember(() => this.lostNodes());
    // A port that was taken may be free once the node that had it is gone.
    this.coreServer.membership$
      .pipe(filter(({ type }) => type === 'down' || type === 'left'))
      .subscribe(() => void this.beacon.attemptRecover());
    void this.settle();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.leave();
  }

  /** Hands the roles over, says goodbye, closes the links. Done once, however often it is asked for. */
  leave(): Promise<void> {
    return (this.#leaving ??= this.depart());
  }

  private async settle(): Promise<void> {
    try {
      const mode = await this.locator.start();
      if (this.#leaving !== undefined) return;
      this.#logger.log(`${this.identity.id} is ${mode}`);
      // Nobody asks how busy a node is before it has a place: its first dials go before.
      this.allocator.start();
      this.hwMon.start();
      this.ready.advance({ stage: 'syncing' });
      await this.tables.synced();
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

  private async depart(): Promise<void> {
    this.ready.advance({ stage: 'stopped' });
    this.locator.stop();
    await this.roleMgmt.drain();
    await this.coreServer.leave();
    this.roleMgmt.stop();
    this.quorum.stop();
    this.hwMon.stop();
    this.allocator.stop();
    this.tables.stop();
    this.mesh.close();
    await this.beacon.close();
  }

  private lostNodes() {
    return this.coreServer.clusterNodes().filter(({ status }) => status === 'down');
  }
}
