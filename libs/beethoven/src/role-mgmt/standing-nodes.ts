import type { ClusterNode } from '../core-server/cluster-node.js';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { Clock } from '../network/clock.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/**
 * The nodes that keep the slots they hold: the live ones, but for those that have been stalled for too long. Nobody can tell these to
 * stop; the epochs fence what they do until they wake and learn of it.
 */
export class StandingNodes {
  /** @param stallTimeout How long a stalled node keeps its slots (ms). */
  constructor(
    private readonly coreServer: CoreServerService,
    private readonly clock: Clock,
    private readonly stallTimeout: Millis,
  ) {}

  get all(): readonly ClusterNode[] {
    const now = this.clock.now();
    return this.coreServer.nodes().filter((node) => now < this.#until(node));
  }

  get byId(): ReadonlyMap<NodeId, ClusterNode> {
    return new Map(this.all.map((node) => [node.id, node]));
  }

  /** When the next one loses its slots, if it does not wake; `Infinity` where none is stalled. */
  get nextChange(): Millis {
    const now = this.clock.now();
    const ends = this.coreServer.nodes().map((node) => this.#until(node));
    return Math.min(Infinity, ...ends.filter((end) => end > now));
  }

  #until({ status, lastChange }: ClusterNode): Millis {
    return status === 'stalled' ? lastChange + this.stallTimeout : Infinity;
  }
}
