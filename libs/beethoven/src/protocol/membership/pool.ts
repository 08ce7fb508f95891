import { integerBetween, type Random } from '../random.js';

/** How many are looked at for each one that is to be picked. */
const LOOKS_PER_PICK = 16;

/** In a random order, to pick some. Each call costs the same, however many there are. An item is in one pool at most. */
export class Pool<T extends { place: number }> {
  readonly #items: T[] = [];

  constructor(private readonly random: Random) {}

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    if (item.place >= 0) return;
    const last = this.#items.length;
    const place = integerBetween(this.random, 0, last);
    const other = this.#items[place] ?? item;
    this.#put(last, other);
    this.#put(place, item);
  }

  delete(item: T): void {
    const { place } = item;
    const last = this.#items.at(-1);
    if (place < 0 || last === undefined) return;
    this.#put(place, last);
    this.#items.pop();
    item.place = -1;
  }

  /**
   * Up to `count` different ones that fit. Looks at a bounded stretch from a random place on, and so may find fewer than there are in
   * a pool where few fit.
   */
  sample(count: number, fits: (item: T) => boolean): T[] {
    const { length } = this.#items;
    const found: T[] = [];
    if (length === 0 || count === 0) return found;
    const start = integerBetween(this.random, 0, length - 1);
    const stretch = Math.min(length, LOOKS_PER_PICK * count);
    for (let i = 0; i < stretch && found.length < count; i++) {
      const item = this.#items[(start + i) % length];
      if (item !== undefined && fits(item)) found.push(item);
    }
    return found;
  }

  #put(place: number, item: T): void {
    this.#items[place] = item;
    item.place = place;
  }
}
