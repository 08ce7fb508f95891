import type { Key, Row } from '../protocol/tables/row.js';
import type { TransactionView } from '../protocol/tables/transaction-view.js';
import { OpenTable } from './open-table.js';
import type { Bag, BagTransaction } from './table.js';

/** Any number of different rows a key: in its copy each stands under its identity. */
export class ReplicatedBag<R extends object> extends OpenTable<R> implements Bag<R> {
  get(key: Key): R[] {
    return this.rowsOf(this.#identities(key));
  }

  has(key: Key): boolean {
    return this.#identities(key).size > 0;
  }

  delete(key: Key): void {
    this.schema.checkKey(key);
    // A watcher may add others meanwhile.
    const identities = [...this.#identities(key)];
    for (const identity of identities) this.write({ key: identity, row: undefined });
  }

  deleteRow(given: R): void {
    this.write({ ...this.writeOf(given), row: undefined });
  }

  transaction<T>(work: (tx: BagTransaction<R>) => T | Promise<T>): Promise<T> {
    return this.host.transaction((view) => work(this.#open(view))) as Promise<T>;
  }

  #identities(key: Key): ReadonlySet<Key> {
    return this.views.index(this.schema.key)?.keys(key) ?? new Set();
  }

  #open(view: TransactionView): BagTransaction<R> {
    const get = (key: Key): R[] => {
      // Which rows have the key is a question about all of them.
      const rows = view.rows().filter((row) => row[this.schema.key] === key);
      return rows as R[];
    };
    const remove = (row: Row): void => view.write({ key: this.schema.keyOf(row), row: undefined });
    return {
      get,
      rows: () => view.rows() as R[],
      put: (given) => {
        this.checkOpen(view);
        view.write(this.writeOf(given));
      },
      delete: (key) => {
        this.checkOpen(view);
        this.schema.checkKey(key);
        for (const row of get(key)) remove(row as Row);
      },
      deleteRow: (given) => {
        this.checkOpen(view);
        remove(this.schema.row(given));
      },
    };
  }
}
