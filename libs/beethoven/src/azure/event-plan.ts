import type { ClusterNode } from '../core-server/cluster-node.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import { MACHINE_LABEL } from './azure-settings.js';
import { isSameMachine, type ScheduledEvent } from './scheduled-event.js';

const GOES: ReadonlySet<string> = new Set(['Preempt', 'Terminate', 'Reboot', 'Redeploy']);

/**
 * What an event asks of this node: to leave, to step aside until it is over, or nothing.
 *
 * @param detectionTime a machine that stands still for less is not missed
 */
export function demandOf(
  event: ScheduledEvent,
  detectionTime: Millis,
): 'leave' | 'pause' | 'nothing' {
  if (!event.mine) return 'nothing';
  if (GOES.has(event.type)) return 'leave';
  const { duration = Infinity } = event;
  return event.type === 'Freeze' && duration >= detectionTime ? 'pause' : 'nothing';
}

/** What a node of the cluster that is on one of an event's machines has to do with its approval. */
export type Turn =
  /** Everyone has handed over: this node approves. */
  | 'approve'
  /** It is this node that approves, but not yet. */
  | 'wait'
  /** Another node does. */
  | 'leave-it';

/** How the cluster looks to the node that asks. */
export interface ClusterView {
  readonly self: NodeId;
  /** All members, those that are gone included. */
  readonly nodes: readonly ClusterNode[];
  readonly isLive: (node: NodeId) => boolean;
  /** Whether a live node runs no role and takes none. */
  readonly hasDrained: (node: NodeId) => boolean;
}

/**
 * An approval lets the event start for all of its machines, so the first of the nodes on them gives it, and not before all the others have handed
 * over what they had. A machine without a node of ours says nothing: for it, the event's own time decides.
 */
export function turnOf({ machines }: ScheduledEvent, view: ClusterView): Turn {
  const { self, nodes, isLive, hasDrained } = view;
  const party = machines.map((machine) =>
    nodes
      .filter(({ labels }) => isSameMachine(labels[MACHINE_LABEL] ?? '', machine))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
  const live = party.flat().filter(({ id }) => isLive(id));
  if (live[0]?.id !== self) return 'leave-it';
  const isEmpty = live.every(({ id }) => id === self || hasDrained(id));
  return isEmpty && party.every((here) => here.length > 0) ? 'approve' : 'wait';
}
