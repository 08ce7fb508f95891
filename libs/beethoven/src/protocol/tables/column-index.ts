import type { Key, Row } from './row.js';

/** The rows of a table by what is in one column. Rows that leave the column out are not in it. */
export class ColumnIndex {
  readonly #keys = new Map<unknown, Set<Key>>();

  constructor(readonly column: string) {}

  /** The keys of the rows with this value; `-0` is `0`, and `NaN` is itself. */
  keys(value: unknown): ReadonlySet<Key> | undefined {
    return this.#keys.get(value);
  }

  replaced(key: Key, old: Row | undefined, row: Row | undefined): void {
    const before = old?.[this.column];
    const after = row?.[this.column];
    if (before === after) return;
    if (before !== undefined) this.#delete(before, key);
    if (after !== undefined) this.#add(after, key);
  }

  #add(value: unknown, key: Key): void {
    const keys = this.#keys.get(value);
    if (keys === undefined) this.#keys.set(value, new Set([key]));
    else keys.add(key);
  }

  #delete(value: unknown, key: Key): void {
    const keys = this.#keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(value);
  }
}
