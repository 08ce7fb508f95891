import type { NodeId } from '../protocol/terms.js';

/** What an activation of a role is told. */
export interface RoleContext<Args = unknown> {
  /** The name of the role. */
  readonly role: string;
  /** Which of the role's instances this is: 0 up to `instances` − 1. */
  readonly slot: number;
  /** Grows with every new holder of the slot: the fencing token to hand to whatever the role writes to. */
  readonly epoch: number;
  /** The `args` of the role's definition on this node. */
  readonly args: Args;
  /** This node. */
  readonly node: NodeId;
  /** Fires when the role must stop, before `onRoleStop` is called. */
  readonly signal: AbortSignal;
}

/** Why an activation ends. */
export type RoleStopReason =
  /** The node is leaving: SIGTERM or `drain()`. */
  | 'drain'
  /**
   * The slot has moved on to a newer epoch: another node holds it. Or this one still does: where two sides of a partition counted to the same
   * epoch, who goes on starts anew under a higher one.
   */
  | 'superseded'
  /** The user asked for it: `release()`. */
  | 'release'
  /** The cluster wants fewer instances than before, or a merge left this node with two. */
  | 'surplus'
  /** A `quorum` role whose node has lost touch with the quorum: another node may run it as soon as the time for `onRoleStop` is over. */
  | 'no-quorum'
  /** It threw, or its promise was rejected; a new instance may follow. */
  | 'crash';

/**
 * What a role class does when its node takes a slot. A throw or a rejection, however late, counts as a crash: the role restarts
 * with a new instance, within its restart limit.
 *
 * A role may do its work inside `onRoleStart`, in a promise that stays pending until `context.signal` fires: after 100 ms it
 * counts as started, and its stop waits for the promise, up to `stopTimeout`. What it rejects with after the signal is ignored.
 */
export interface OnRoleStart {
  onRoleStart(context: RoleContext): void | Promise<void>;
}

/** Optional: what a role class does before its slot goes elsewhere. Waited for, up to `stopTimeout`; also called after a crash. */
export interface OnRoleStop {
  onRoleStop(reason: RoleStopReason): void | Promise<void>;
}
