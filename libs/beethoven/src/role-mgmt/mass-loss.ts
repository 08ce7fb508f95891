import type { MembershipEvent } from '../core-server/cluster-node.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** Losses this close together are one event (ms): a node that hears nobody takes that long to find out about a large cluster. */
const TOGETHER: Millis = 10_000;

/** How long nobody takes what was lost in it (ms), from the last loss on. */
export const MASS_LOSS_WAIT: Millis = 2_000;

/**
 * Whether more than half of the cluster has fallen silent at once. Then it is likely this node that was cut off, perhaps by a switch that is back
 * in a moment: starting every role again would do more harm than a short wait. Who is known to be gone (its address refuses, or it said
 * goodbye) is not waited for, and quorum roles have their leases.
 */
export class MassLoss {
  readonly #suspects = new Set<NodeId>();
  /** When those went down who had been suspected, the first to go first: nobody has said that they are gone, they are only not heard. */
  readonly #lost = new Map<NodeId, Millis>();
  #last: Millis = -Infinity;

  /** @param live how many members are live, this node and suspects included */
  constructor(private readonly live: () => number) {}

  heard({ type, node: { id, status }, at }: MembershipEvent): void {
    const wasSuspected = this.#suspects.delete(id);
    if (status === 'suspect') this.#suspects.add(id);
    if (type !== 'updated') this.#lost.delete(id);
    if (type === 'down' && wasSuspected) {
      this.#lost.set(id, at);
      this.#last = at;
    }
    this.#forgetOld(at);
  }

  /** When the slots of a node that is down may be taken: at once (0), or after a moment (ms since the epoch). */
  claimableAt(now: Millis, holder: NodeId): Millis {
    this.#forgetOld(now);
    if (!this.#lost.has(holder)) return 0;
    const silent = this.#lost.size + this.#suspects.size;
    const isMass = 2 * silent > this.live() + this.#lost.size;
    return isMass ? this.#last + MASS_LOSS_WAIT : 0;
  }

  #forgetOld(now: Millis): void {
    for (const [id, at] of this.#lost) {
      if (now - at < TOGETHER) return;
      this.#lost.delete(id);
    }
  }
}
