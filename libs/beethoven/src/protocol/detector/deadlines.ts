import type { Millis } from '../terms.js';

interface Entry<T> {
  readonly item: T;
  readonly at: Millis;
}

/** What falls due, the earliest first: one timer for all of it. Each item has at most one deadline. */
export class Deadlines<T> {
  readonly #current = new Map<T, Entry<T>>();
  /** A binary heap. Entries that are not current any more are skipped when they come to the top. */
  readonly #heap: Entry<T>[] = [];

  get size(): number {
    return this.#current.size;
  }

  /** Entries that are stored, those that are not current included. */
  get stored(): number {
    return this.#heap.length;
  }

  /** When the next item is due; `Infinity` where there is none. */
  get next(): Millis {
    this.#dropStale();
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Takes the place of the deadline that the item had. */
  set(item: T, at: Millis): void {
    const entry = { item, at };
    this.#current.set(item, entry);
    this.#push(entry);
    if (this.#heap.length > 64 && this.#heap.length > 2 * this.#current.size) this.#rebuild();
  }

  delete(item: T): void {
    this.#current.delete(item);
  }

  /** Takes out the next item that is due by now. */
  take(now: Millis): T | undefined {
    this.#dropStale();
    const [first] = this.#heap;
    if (first === undefined || first.at > now) return undefined;
    this.#pop();
    this.#current.delete(first.item);
    return first.item;
  }

  #dropStale(): void {
    for (let [first] = this.#heap; first !== undefined; [first] = this.#heap) {
      if (this.#current.get(first.item) === first) return;
      this.#pop();
    }
  }

  #rebuild(): void {
    this.#heap.length = 0;
    for (const entry of this.#current.values()) this.#push(entry);
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let child = heap[left];
      if (child === undefined) break;
      let place = left;
      const right = heap[left + 1];
      if (right !== undefined && right.at < child.at) {
        child = right;
        place = left + 1;
      }
      if (last.at <= child.at) break;
      heap[index] = child;
      index = place;
    }
    heap[index] = last;
  }
}
