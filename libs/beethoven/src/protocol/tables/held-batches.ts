import type { BatchMessage } from './messages.js';
import { CELLS_PER_ROW } from './row-cells.js';
import { weighRow } from './weight.js';

/** The most that is held of one peer for one table (bytes, about). */
export const MAX_HELD = 16 * 1_024 * 1_024;
/** The same, in messages. */
const MAX_HELD_BATCHES = 65_536;

interface Held {
  readonly batch: BatchMessage;
  /** Its sender counts on it already. */
  isAcknowledged: boolean;
}

/** Fresh writes of one peer for one table that are here before something that comes before them. */
export class HeldBatches {
  #batches: Held[] = [];
  #head = 0;
  /** Up to which they were acknowledged. */
  #promised = 0;
  #weight = 0;
  /** What the first waits for was asked for once and has not come. */
  isOverdue = false;

  get first(): Held | undefined {
    return this.#batches[this.#head];
  }

  /** @returns false, and nothing held, when that would be too much */
  push(batch: BatchMessage): boolean {
    const weight = weightOf(batch);
    if (this.#weight + weight > MAX_HELD || this.#batches.length - this.#head >= MAX_HELD_BATCHES)
      return false;
    this.#weight += weight;
    this.#batches.push({ batch, isAcknowledged: false });
    return true;
  }

  /** Those that were not acknowledged before: from here on they are. */
  *acknowledged(): Iterable<BatchMessage> {
    for (; this.#promised < this.#batches.length; this.#promised++) {
      const held = this.#batches[this.#promised];
      if (held === undefined) continue;
      held.isAcknowledged = true;
      yield held.batch;
    }
  }

  shift(): void {
    if (this.first === undefined) return;
    this.#weight -= weightOf(this.first.batch);
    this.isOverdue = false;
    this.#head++;
    this.#promised = Math.max(this.#promised, this.#head);
    if (this.#head * 2 < this.#batches.length) return;
    this.#batches = this.#batches.slice(this.#head);
    this.#promised -= this.#head;
    this.#head = 0;
  }
}

function weightOf({ rows: { cells } }: BatchMessage): number {
  let weight = 0;
  for (let at = 1; at < cells.length; at += CELLS_PER_ROW)
    weight += weighRow((cells[at] as object | null) ?? undefined);
  return weight;
}
