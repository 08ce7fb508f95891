import { integerBetween, shuffled, type Random } from '../random.js';

/**
 * The order in which members are probed: everyone once a round, each round in a new random order, so that no two nodes probe
 * in step and the time until a silent member is probed has a bound. Each call costs the same, whatever the size of the cluster
 * (`next` on average: shuffling is shared by the whole round).
 *
 * Source: Das, Gupta, Motivala, "SWIM", 2002, section 4.3.
 */
export class ProbeRing<T> {
  #order: T[] = [];
  readonly #places = new Map<T, number>();
  /** The places before it have had their turn. */
  #next = 0;

  constructor(private readonly random: Random) {}

  get size(): number {
    return this.#order.length;
  }

  /** Takes its turn at a random place in what is left of the round. */
  add(item: T): void {
    if (this.#places.has(item)) return;
    const last = this.#order.length;
    this.#put(last, item);
    this.#swap(last, integerBetween(this.random, this.#next, last));
  }

  delete(item: T): void {
    let place = this.#places.get(item);
    if (place === undefined) return;
    if (place < this.#next) {
      // Fills the hole with one that has had its turn as well, or somebody would be probed twice or never in this round.
      this.#next--;
      this.#swap(place, this.#next);
      place = this.#next;
    }
    this.#swap(place, this.#order.length - 1);
    this.#order.pop();
    this.#places.delete(item);
  }

  /** Whose turn it is; `undefined` while the ring is empty. */
  next(): T | undefined {
    if (this.#next >= this.#order.length) {
      this.#order = shuffled(this.random, this.#order);
      for (const [place, item] of this.#order.entries()) this.#places.set(item, place);
      this.#next = 0;
    }
    const item = this.#order[this.#next];
    if (item !== undefined) this.#next++;
    return item;
  }

  /**
   * Up to `count` different ones that fit. Looks at a bounded stretch of the ring from a random place on, and so may find
   * fewer than there are in a ring where few fit.
   */
  sample(count: number, fits: (item: T) => boolean): T[] {
    const { length } = this.#order;
    const found: T[] = [];
    if (length === 0 || count === 0) return found;
    const start = integerBetween(this.random, 0, length - 1);
    const stretch = Math.min(length, LOOKS_PER_PICK * count);
    for (let i = 0; i < stretch && found.length < count; i++) {
      const item = this.#order[(start + i) % length];
      if (item !== undefined && fits(item)) found.push(item);
    }
    return found;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#order[a], this.#order[b]];
    if (a === b || one === undefined || other === undefined) return;
    this.#put(a, other);
    this.#put(b, one);
  }

  #put(place: number, item: T): void {
    this.#order[place] = item;
    this.#places.set(item, place);
  }
}

const LOOKS_PER_PICK = 16;
