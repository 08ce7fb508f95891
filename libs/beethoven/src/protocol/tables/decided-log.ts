import type { Decided } from './messages.js';
import type { Vector } from './row.js';

/** How many of the latest transactions a node can still recognise. */
export const MAX_DECIDED = 4_096;

/**
 * The latest transactions that were decided, here or elsewhere. A client whose coordinator died asks the next one, which must
 * not make the same writes twice.
 */
export class DecidedLog {
  readonly #tables = new Map<string, string>();
  readonly #decided = new Map<string, Decided>();

  get size(): number {
    return this.#decided.size;
  }

  get(id: string): Decided | undefined {
    return this.#decided.get(id);
  }

  add(table: string, decided: Decided): void {
    if (this.#decided.has(decided.id)) return;
    this.#decided.set(decided.id, decided);
    this.#tables.set(decided.id, table);
    if (this.#decided.size <= MAX_DECIDED) return;
    for (const oldest of this.#decided.keys()) {
      this.#decided.delete(oldest);
      this.#tables.delete(oldest);
      break;
    }
  }

  /** Those of a table that a copy which has seen this much does not know of. */
  beyond(table: string, seen: Vector): Decided[] {
    const unknown: Decided[] = [];
    for (const decided of this.#decided.values()) {
      const { id, origin, seq } = decided;
      if (this.#tables.get(id) === table && seq > (seen.get(origin) ?? 0)) unknown.push(decided);
    }
    return unknown;
  }
}
