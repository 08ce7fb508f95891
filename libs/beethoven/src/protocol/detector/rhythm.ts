import type { Millis } from '../terms.js';

/**
 * When members beat: once in each turn, all at the same moment, so that a node wakes once for its own beat and for the one that it gets. A beat that
 * stays away is missed a turn after it was due. Clocks that differ only bring needless questions, and a second wake-up.
 */
export class Rhythm {
  /** @param interval the length of a turn (ms, a whole number) */
  constructor(private readonly interval: Millis) {}

  /** The moment at which a turn begins (ms since the epoch). */
  timeOf(turn: number): Millis {
    return turn * this.interval;
  }

  /** The turn that has begun last. */
  turnAt(now: Millis): number {
    return Math.floor(now / this.interval);
  }
}
