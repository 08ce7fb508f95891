import type { Millis } from '../terms.js';

/**
 * The rate cap of all calls together: 10 a second in the long run, for ever, in a network of any size. A call that has a wake-up of
 * its own costs 1 ms of CPU where the machine has nothing else to do, and a fifth of that in the company of others: so what was not
 * used of the last second may be used at once.
 */
export const SHORTEST_GAP: Millis = 100;
export const BURST = 10;

/** A generic cell rate algorithm (as in ATM Forum TM 4.0): each call is paid for by the time of one gap, up to a burst in advance. */
export class RateCap {
  /** The time by which all calls so far are paid for. */
  #paidAt: Millis = -Infinity;

  /** How many calls may be made now. */
  room(now: Millis): number {
    const debt = Math.max(0, this.#paidAt - now);
    return Math.floor(BURST - debt / SHORTEST_GAP);
  }

  spend(now: Millis, calls: number): void {
    this.#paidAt = Math.max(this.#paidAt, now) + calls * SHORTEST_GAP;
  }

  /** How long until there is room for a call: whole milliseconds, so that what floats cannot keep it from coming. */
  wait(now: Millis): Millis {
    return Math.max(0, Math.ceil(this.#paidAt - now - (BURST - 1) * SHORTEST_GAP));
  }
}
