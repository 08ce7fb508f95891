import type { Millis } from './terms.js';

export interface Due {
  readonly at: Millis;
  /** Orders what is due at one instant: the lower first. */
  readonly sequence: number;
}

/** What is due first comes out first: a binary heap. */
export class DueHeap<T extends Due> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get first(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    const entries = this.#entries;
    let place = entries.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = entries[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      entries[place] = parent;
      place = above;
    }
    entries[place] = entry;
  }

  pop(): T | undefined {
    const entries = this.#entries;
    const [first] = entries;
    const last = entries.pop();
    if (last === undefined || last === first) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      let child = entries[below];
      if (child === undefined) break;
      const right = entries[below + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        below++;
      }
      if (isBefore(last, child)) break;
      entries[place] = child;
      place = below;
    }
    entries[place] = last;
    return first;
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

export function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
