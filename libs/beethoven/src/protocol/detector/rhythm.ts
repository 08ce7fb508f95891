import type { Millis } from '../terms.js';

/**
 * When members beat: once in each turn, everyone at a moment of its own, which all others know. So a beat that stays away is missed soon after
 * it was due, and members that started together do not beat together. Clocks that differ only bring needless questions.
 */
export class Rhythm {
  /** @param interval the length of a turn (ms, a whole number) */
  constructor(private readonly interval: Millis) {}

  /** The moment of a turn at which the member of this key beats (ms since the epoch). */
  timeOf(turn: number, key: number): Millis {
    return turn * this.interval + (key % this.interval);
  }

  /** The last turn in which the member of this key was to beat by now. */
  turnAt(now: Millis, key: number): number {
    return Math.floor((now - (key % this.interval)) / this.interval);
  }
}
