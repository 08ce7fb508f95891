import { ColumnIndex } from './column-index.js';
import type { Key, Row, RowView } from './row.js';
import { SortedKeys } from './sorted-keys.js';

/** The order and the indexes of one copy of a table. */
export class TableViews implements RowView {
  readonly order: SortedKeys | undefined;
  readonly #indexes = new Map<string, ColumnIndex>();

  constructor({ ordered, indexes }: { ordered: boolean; indexes: Iterable<string> }) {
    this.order = ordered ? new SortedKeys() : undefined;
    for (const column of indexes) this.#indexes.set(column, new ColumnIndex(column));
  }

  index(column: string): ColumnIndex | undefined {
    return this.#indexes.get(column);
  }

  get isEmpty(): boolean {
    return this.order === undefined && this.#indexes.size === 0;
  }

  replaced(key: Key, old: Row | undefined, row: Row | undefined): void {
    for (const index of this.#indexes.values()) index.replaced(key, old, row);
    if (old === undefined && row !== undefined) this.order?.add(key);
    else if (old !== undefined && row === undefined) this.order?.delete(key);
  }
}
