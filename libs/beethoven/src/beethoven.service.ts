import { Injectable } from '@nestjs/common';
import { AllocatorService } from './allocator/allocator.service.js';
import { BeethovenLifecycle } from './beethoven.lifecycle.js';
import type { ClusterNode } from './core-server/cluster-node.js';
import { CoreServerService } from './core-server/core-server.service.js';
import type { Observable } from 'rxjs';
import type { DrainReason } from './eviction/drain-reason.js';
import type { Millis, NodeId } from './protocol/terms.js';
import { ReadyService } from './ready/ready.service.js';
import { RoleMgmtService } from './role-mgmt/role-mgmt.service.js';

/** The unified client: what most applications need of the cluster, in one place. */
@Injectable()
export class BeethovenService {
  constructor(
    private readonly ready: ReadyService,
    private readonly coreServer: CoreServerService,
    private readonly roleMgmt: RoleMgmtService,
    private readonly allocator: AllocatorService,
    private readonly lifecycle: BeethovenLifecycle,
  ) {}

  /** This node. */
  get self(): ClusterNode {
    return this.coreServer.self;
  }

  /** Location decided, tables here, first evaluation of the roles done. */
  isReady(): boolean {
    return this.ready.isReady();
  }

  /**
   * Resolves as soon as the node is ready.
   *
   * @param timeoutMs How long to wait (ms, default 5,000).
   * @throws NotReadyError when the time is up, or at once when the node has left; or what made the start fail.
   */
  untilReady(timeoutMs: Millis = 5_000): Promise<void> {
    return this.ready.untilReady(timeoutMs);
  }

  /** `'standalone'` while this node knows of no other live one. */
  mode(): 'standalone' | 'clustered' {
    return this.coreServer.mode();
  }

  /** The live nodes, this one included. */
  activeNodes(): readonly ClusterNode[] {
    return this.coreServer.nodes();
  }

  /** Also the nodes that went down or left, with status and last change. */
  clusterNodes(): readonly ClusterNode[] {
    return this.coreServer.clusterNodes();
  }

  /** Each role that a live node offers: how many instances are wanted, how many run, and where. */
  roles(): ReturnType<RoleMgmtService['roles']> {
    return this.roleMgmt.roles();
  }

  /** The nodes that hold the role; none for a role that nobody knows. */
  whereIs(role: string): readonly NodeId[] {
    return this.roleMgmt.whereIs(role);
  }

  /** The least busy live node. */
  allocate(): NodeId {
    return this.allocator.allocate();
  }

  /**
   * Hands this node's roles over to others and leaves the cluster; the application itself runs on. What SIGTERM does through
   * Nest's shutdown hooks, and a notice of eviction. Resolves when the last role runs elsewhere, or nobody could take it.
   *
   * @param reason for the log, and for {@link drained$}
   */
  drain(reason: DrainReason = { cause: 'request' }): Promise<void> {
    return this.lifecycle.drain(reason);
  }

  /**
   * Why this node has left the cluster, once it has; then completes. It takes part again when its process starts again: where a
   * supervisor does that, this is the moment to close the application.
   */
  get drained$(): Observable<DrainReason> {
    return this.lifecycle.drained$;
  }
}
