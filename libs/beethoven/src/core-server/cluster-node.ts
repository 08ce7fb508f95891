import type { MemberChange } from '../protocol/membership/effects.js';
import {
  statusOf,
  type MemberState,
  type MemberStatus,
} from '../protocol/membership/member-state.js';
import { parseNodeId, type Endpoint, type Millis, type NodeId } from '../protocol/terms.js';

/** A node of the cluster, as this node sees it. */
export interface ClusterNode extends Endpoint {
  /** `name@address:port`. */
  readonly id: NodeId;
  /**
   * `alive`: it answers. `suspect`: it did not, and has a moment to show that it lives; it still counts as live. `stalled`: its process
   * lives and its event loop is blocked; it counts as live, and is given nothing new. `down`: it is gone without a word. `left`: it
   * said goodbye.
   */
  readonly status: MemberStatus;
  /** The labels that it was started with. */
  readonly labels: Readonly<Record<string, string>>;
  /** When its process started, by its own clock (ms since the epoch). */
  readonly startedAt: Millis;
  /** Whether it is this node. */
  readonly self: boolean;
  /** When this node learned of the status (ms since the epoch). */
  readonly lastChange: Millis;
}

/**
 * Something happened to another node; a node is never told about itself. `joined`: it is new, or back. `updated`: its labels changed.
 * `suspected`: it stopped answering. `stalled`: its event loop is blocked. `recovered`: either is over. `left`, `down`: it is gone.
 */
export interface MembershipEvent {
  readonly type: MemberChange['type'];
  /** The node as it is now. */
  readonly node: ClusterNode;
  /** When this node noticed (ms since the epoch). */
  readonly at: Millis;
}

export function toClusterNode(state: MemberState, self: boolean): ClusterNode {
  const { card, lastChange } = state;
  const status = statusOf(state);
  const { id, labels, startedAt } = card;
  const { name, address, port } = parseNodeId(id) ?? NOWHERE;
  return Object.freeze({ id, name, address, port, status, labels, startedAt, self, lastChange });
}

// Ids are checked where they come in; this one is never seen.
const NOWHERE: Endpoint = { name: '', address: '', port: 0 };

/** The eldest first, in an order that all nodes compute alike. */
export function bySeniority(a: ClusterNode, b: ClusterNode): number {
  return a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1);
}
