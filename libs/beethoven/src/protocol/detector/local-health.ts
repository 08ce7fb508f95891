/** The worst that a node can feel: it probes this many times slower, plus one, than a well one. */
const WORST = 8;

/**
 * How far this node trusts its own ears. A node that is overloaded or cut off misses many answers, and is the one that suspects others
 * without cause: each miss, and each time that it has to contradict or oversleeps, makes it slower to judge; each answer less so.
 *
 * Source: Dadgar, Phillips, Currey, "Lifeguard", 2017, section IV-A (arXiv:1707.00788): the local health multiplier.
 */
export class LocalHealth {
  #score = 0;

  /** By how much probes come later, and have more time: 1 for a node that is well, 9 at worst. */
  get multiplier(): number {
    return this.#score + 1;
  }

  worsen(): void {
    this.#score = Math.min(WORST, this.#score + 1);
  }

  improve(): void {
    this.#score = Math.max(0, this.#score - 1);
  }
}
