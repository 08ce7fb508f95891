import type { Millis, NodeId } from '../terms.js';

/** How long a suspicion lasts, and how many accusers it takes to make it as short as it gets. */
export interface SuspicionBounds {
  /** The time with every expected confirmation (ms). */
  readonly min: Millis;
  /** The time while the first accuser stands alone (ms). */
  readonly max: Millis;
  /** Independent confirmations expected from a cluster of this size; 0 makes every suspicion last `min`. */
  readonly expected: number;
}

/** A lonely accuser waits this many times as long as a confirmed one. */
const MAX_FACTOR = 3;
export const EXPECTED_CONFIRMATIONS = 3;

/** The bounds in a cluster of this many live members, the suspect included. */
export function suspicionBounds(
  members: number,
  multiplier: number,
  probeInterval: Millis,
): SuspicionBounds {
  const min = multiplier * Math.max(1, Math.log10(members)) * probeInterval;
  // Neither the suspect nor the first accuser can confirm.
  const expected = Math.max(0, Math.min(EXPECTED_CONFIRMATIONS, members - 2));
  return { min, max: MAX_FACTOR * min, expected };
}

/**
 * One member under suspicion. The lonelier the accuser, the longer the suspect has to answer: a member that is cut off
 * or overloaded suspects everyone, and nobody confirms it.
 *
 * Source: Dadgar, Phillips, Currey, "Lifeguard", 2017, section IV-B (arXiv:1707.00788).
 */
export class Suspicion {
  /** So few that a list is smaller and quicker than a set. */
  readonly #accusers: NodeId[];
  #startedAt: Millis;
  #end: Millis = Infinity;

  constructor(
    private readonly bounds: SuspicionBounds,
    startedAt: Millis,
    accuser: NodeId,
  ) {
    this.#startedAt = startedAt;
    this.#accusers = [accuser];
  }

  /**
   * Adds an accuser. Gossip repeats itself, so each one counts once; more of them than expected change nothing.
   * @returns whether this one counted
   */
  confirm(accuser: NodeId): boolean {
    if (this.#accusers.length > this.bounds.expected || this.#accusers.includes(accuser))
      return false;
    this.#accusers.push(accuser);
    return true;
  }

  /** Ends at this moment, if it does not end before: the suspect has had its time elsewhere. */
  shorten(end: Millis): void {
    this.#end = Math.min(this.#end, end);
  }

  /** Gives the suspect the time back in which this node itself was not listening. */
  postpone(span: Millis): void {
    this.#startedAt += span;
    this.#end += span;
  }

  /** When the suspect is declared down unless it answers first. Accusers only bring it closer. */
  get deadline(): Millis {
    const { min, max, expected } = this.bounds;
    if (expected === 0) return Math.min(this.#end, this.#startedAt + min);
    const confirmations = this.#accusers.length - 1;
    const shortened = max - (max - min) * (Math.log(confirmations + 1) / Math.log(expected + 1));
    return Math.min(this.#end, this.#startedAt + Math.max(min, shortened));
  }
}
