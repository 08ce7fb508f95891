import type { Foreseen } from './messages.js';
import type { Key, Row, Write } from './row.js';

interface Prospect {
  readonly row: Row | undefined;
  readonly number: number;
  readonly attempt: number;
}

/** Prospects that are over leave their keys behind, up to about so many a table, for the next of the same key. */
const MOST_IDLE = 64;

/** Those of one table. */
interface Prospects {
  /** A key that comes and goes keeps its place: `numbered.ts` says what a map does otherwise. */
  byKey: Map<Key, Prospect | undefined>;
  live: number;
}

/**
 * What the transactions of this node will have written once the node that decides has taken them: the next one builds on it, so that many that
 * write one row are decided in one exchange. Where one of them is not taken, those that have built on it are not either, and run again.
 */
export class Foresight {
  readonly #tables = new Map<string, Prospects>();

  get(table: string, key: Key): Prospect | undefined {
    return this.#tables.get(table)?.byKey.get(key);
  }

  /** Whether what was foreseen is so still. */
  holds(table: string, { key, number, attempt }: Foreseen): boolean {
    const prospect = this.get(table, key);
    return prospect?.number === number && prospect.attempt === attempt;
  }

  /** A transaction was handed to the node that decides. */
  add(table: string, number: number, attempt: number, writes: readonly Write[]): void {
    const prospects = this.#tables.get(table) ?? { byKey: new Map(), live: 0 };
    this.#tables.set(table, prospects);
    for (const { key, row } of writes) {
      if (prospects.byKey.get(key) === undefined) prospects.live++;
      prospects.byKey.set(key, { row: row && Object.freeze(row), number, attempt });
    }
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
      const prospect = prospects.byKey.get(key);
      if (prospect === undefined || !isOver(prospect)) continue;
      prospects.byKey.set(key, undefined);
      prospects.live--;
    }
    if (prospects.byKey.size <= 2 * prospects.live + MOST_IDLE) return;
    const live = [...prospects.byKey].filter(([, prospect]) => prospect !== undefined);
    prospects.byKey = new Map(live);
  }
}
