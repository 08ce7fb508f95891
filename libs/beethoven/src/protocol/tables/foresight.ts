import type { Foreseen } from './messages.js';
import type { Key, Row, Write } from './row.js';

interface Prospect {
  readonly row: Row | undefined;
  readonly number: number;
  readonly attempt: number;
}

/**
 * What the transactions of this node will have written once the node that decides has taken them: the next one builds on it, so that many that
 * write one row are decided in one exchange. Where one of them is not taken, those that have built on it are not either, and run again.
 */
export class Foresight {
  readonly #tables = new Map<string, Map<Key, Prospect>>();

  get(table: string, key: Key): Prospect | undefined {
    return this.#tables.get(table)?.get(key);
  }

  /** Whether what was foreseen is so still. */
  holds(table: string, { key, number, attempt }: Foreseen): boolean {
    const prospect = this.get(table, key);
    return prospect?.number === number && prospect.attempt === attempt;
  }

  /** A transaction was handed to the node that decides. */
  add(table: string, number: number, attempt: number, writes: readonly Write[]): void {
    const prospects = this.#tables.get(table) ?? new Map<Key, Prospect>();
    this.#tables.set(table, prospects);
    for (const { key, row } of writes)
      prospects.set(key, { row: row && Object.freeze(row), number, attempt });
  }

  /** It was decided, and its rows are here. */
  remove(table: string, number: number, writes: readonly Write[]): void {
    this.#forget(table, writes, (prospect) => prospect.number === number);
  }

  /** It was not taken: neither is what later ones have built on it. */
  revoke(table: string, number: number, writes: readonly Write[]): void {
    this.#forget(table, writes, (prospect) => prospect.number >= number);
  }

  #forget(table: string, writes: readonly Write[], isOver: (prospect: Prospect) => boolean): void {
    const prospects = this.#tables.get(table);
    if (prospects === undefined) return;
    for (const { key } of writes) {
      const prospect = prospects.get(key);
      if (prospect !== undefined && isOver(prospect)) prospects.delete(key);
    }
    if (prospects.size === 0) this.#tables.delete(table);
  }
}
