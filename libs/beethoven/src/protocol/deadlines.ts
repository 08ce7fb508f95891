import { DueHeap, type Due } from './due-heap.js';
import type { Millis } from './terms.js';

interface Entry<T> extends Due {
  readonly item: T;
}

/** What falls due, the earliest first: one timer for all of it. Each item has at most one deadline. */
export class Deadlines<T> {
  readonly #current = new Map<T, Entry<T>>();
  /** Entries that are not current any more are skipped when they come to the top. */
  readonly #heap = new DueHeap<Entry<T>>();
  #sequence = 0;

  get size(): number {
    return this.#current.size;
  }

  /** Entries that are stored, those that are not current included. */
  get stored(): number {
    return this.#heap.size;
  }

  /** When the next item is due; `Infinity` where there is none. */
  get next(): Millis {
    return this.#first?.at ?? Infinity;
  }

  has(item: T): boolean {
    return this.#current.has(item);
  }

  /** Takes the place of the deadline that the item had. */
  set(item: T, at: Millis): void {
    const entry = { item, at, sequence: this.#sequence++ };
    this.#current.set(item, entry);
    this.#heap.push(entry);
    if (this.#heap.size > 64 && this.#heap.size > 2 * this.#current.size) this.#rebuild();
  }

  delete(item: T): void {
    this.#current.delete(item);
  }

  /** Takes out the next item that is due by now. */
  take(now: Millis): T | undefined {
    const first = this.#first;
    if (first === undefined || first.at > now) return undefined;
    this.#heap.pop();
    this.#current.delete(first.item);
    return first.item;
  }

  get #first(): Entry<T> | undefined {
    for (let { first } = this.#heap; first !== undefined; { first } = this.#heap) {
      if (this.#current.get(first.item) === first) return first;
      this.#heap.pop();
    }
    return undefined;
  }

  #rebuild(): void {
    this.#heap.clear();
    for (const entry of this.#current.values()) this.#heap.push(entry);
  }
}
