import type { Millis } from '../terms.js';

/** Logical ticks within one millisecond. */
const TICKS = 4_096;
/** 2024-01-01, so that a stamp stays a safe integer until 2093. */
const EPOCH: Millis = 1_704_067_200_000;
/** How far ahead of this machine's clock another may pull ours. */
const MAX_DRIFT = 60_000 * TICKS;

/** The latest stamp there is. */
export const LAST_STAMP = Number.MAX_SAFE_INTEGER - 1;

/**
 * Stamps writes so that what happened later, as far as this node can know, has the later stamp: milliseconds and a counter
 * in one safe integer.
 *
 * Source: Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical Physical Clocks", 2014.
 */
export class HybridClock {
  #last = 0;

  /** The latest stamp given or followed. */
  get last(): number {
    return this.#last;
  }

  /** A stamp later than all before it, and later than `above`: a write made after seeing a row must win over that row. */
  stamp(now: Millis, above = 0): number {
    this.observe(above, now);
    this.#last = Math.max(physical(now), this.#last + 1);
    return Math.min(LAST_STAMP, Math.max(this.#last, above + 1));
  }

  /** Follows the clock of another node, but no further than a minute ahead: one absurd clock must not become everyone's. */
  observe(stamp: number, now: Millis): void {
    if (stamp > this.#last)
      this.#last = Math.max(this.#last, Math.min(stamp, physical(now) + MAX_DRIFT));
  }
}

function physical(now: Millis): number {
  return Math.max(0, Math.floor(now) - EPOCH) * TICKS;
}
