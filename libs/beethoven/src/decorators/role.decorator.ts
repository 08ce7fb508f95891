import { Injectable, Scope, SetMetadata, applyDecorators } from '@nestjs/common';
import type { RestartOptions } from '../protocol/roles/restart-limit.js';
import type { OnRoleStart, OnRoleStop } from '../role-mgmt/role-hooks.js';

/** What `@Role` takes. */
export interface RoleOptions {
  /** Unique in the cluster; 1 to 128 characters. */
  readonly name: string;
  /**
   * Instances to keep running in the whole cluster, at most one on a node; 1 to 10,000. Fewer able nodes than instances is no
   * error: the open slots are filled as nodes join. Where nodes differ, the one whose process started last decides.
   * @default 1
   */
  readonly instances?: number | undefined;
  /** Handed to every activation on this node as `context.args`. */
  readonly args?: unknown;
  /**
   * What a partition of the network does to the role. `'available'`: each side keeps it running. `'quorum'`: the side without quorum
   * stops it (`onRoleStop('no-quorum')`) before the other side starts it, so that no two nodes hold a slot at the same instant; needs
   * the option `splitBrain`, and `handoff: 'stop-first'`. It then has half a second to stop, whatever `stopTimeout` says, and a crash of
   * its node is followed by about two seconds without it.
   * @default 'available'
   */
  readonly safety?: 'available' | 'quorum' | undefined;
  /**
   * How a slot changes nodes when its holder leaves. `'stop-first'`: never two at a time, and a gap of a network round trip.
   * `'start-first'`: no gap, and for a moment both run.
   * @default 'stop-first'
   */
  readonly handoff?: 'stop-first' | 'start-first' | undefined;
  /**
   * How often a crashed role starts again on this node. Beyond it the node gives the slot up and does not take the role for
   * 30 s, doubling up to 10 min, so that another node can.
   * @default { maxRestarts: 3, within: 5000 }
   */
  readonly restart?: Partial<RestartOptions> | undefined;
  /**
   * How long a stop is waited for (ms, 0 to 3,600,000): for `onRoleStop`, and for the promise of `onRoleStart` where it is still
   * pending. The slot then goes on regardless.
   * @default 10000
   */
  readonly stopTimeout?: number | undefined;
}

type RoleClass = new (...args: never[]) => OnRoleStart & Partial<OnRoleStop>;

export const ROLE_METADATA = Symbol('beethoven:role');

/**
 * Makes a provider a cluster role. The class is not constructed until this node holds the role, and each activation gets an
 * instance of its own: hence the transient scope. Options that cannot be used stop the application at its start.
 *
 * @example
 * ```ts
 * @Role({ name: 'reports', instances: 2, args: { queue: 'daily' } })
 * export class ReportsRole implements OnRoleStart, OnRoleStop {
 *   constructor(private readonly mailer: Mailer) {}
 *   onRoleStart({ epoch, signal }: RoleContext) {}
 *   async onRoleStop(reason: RoleStopReason) {}
 * }
 * ```
 */
export function Role(options: RoleOptions): (target: RoleClass) => void {
  return applyDecorators(
    Injectable({ scope: Scope.TRANSIENT }),
    SetMetadata(ROLE_METADATA, options),
  );
}
