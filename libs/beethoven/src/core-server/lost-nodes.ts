import { isLive } from '../protocol/membership/member-state.js';
import type { Millis } from '../protocol/terms.js';
import type { ClusterNode } from './cluster-node.js';

/** Whoever takes a name over may have started before the end of its predecessor was found out, by so much at most. */
const OVERLAP: Millis = 30_000;

/**
 * The nodes that are worth calling again where they were: those that went down, but for those whose name lives on elsewhere. A process
 * that was started again on another machine does not come back to its old address. Names need not be unique: one that somebody else bore
 * before the node went down is shared, and not taken over.
 */
export function lostNodes(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  const down = nodes.filter(({ status }) => status === 'down');
  if (down.length === 0) return down;
  /** When the first of the live nodes of each name was started. */
  const bearers = new Map<string, Millis>();
  for (const { name, status, startedAt } of nodes)
    if (isLive(status)) bearers.set(name, Math.min(startedAt, bearers.get(name) ?? Infinity));
  return down.filter(({ name, lastChange }) => {
    const heirStarted = bearers.get(name);
    return heirStarted === undefined || heirStarted < lastChange - OVERLAP;
  });
}
