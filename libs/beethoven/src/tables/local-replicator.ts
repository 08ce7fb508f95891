import type { ReplicationPorts } from '../protocol/tables/replication.js';
import { Replicator } from '../protocol/tables/replicator.js';

/** For tables that each node has for itself: a replicator without others, so that they do everything else that replicated ones do. */
export function localReplicator(
  ports: Pick<ReplicationPorts, 'now' | 'whenKept' | 'wakeAt' | 'flushSoon' | 'changed'>,
): Replicator {
  return new Replicator({
    ...ports,
    random: { float: () => 0 },
    members: () => [],
    mayDecide: () => true,
    send: () => false,
    sendAll: () => [],
  });
}
