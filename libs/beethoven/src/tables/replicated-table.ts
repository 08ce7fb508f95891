import { compareKeys } from '../protocol/tables/key-order.js';
import type { Key, Row } from '../protocol/tables/row.js';
import type { TransactionView } from '../protocol/tables/transaction-view.js';
import { OpenTable } from './open-table.js';
import type { KeyRange, Table, Transaction } from './table.js';

/** A row a key, in the order of the keys where the table has one. */
export class ReplicatedTable<R extends object> extends OpenTable<R> implements Table<R> {
  get(key: Key): R | undefined {
    return this.replica.get(key) as R | undefined;
  }

  has(key: Key): boolean {
    return this.replica.get(key) !== undefined;
  }

  override rows(): IterableIterator<R> {
    return this.views.order === undefined ? super.rows() : this.range();
  }

  range({ from, after, to, before, reverse = false, limit = Infinity }: KeyRange = {}) {
    const { order } = this.views;
    if (order === undefined) throw this.schema.noOrder();
    for (const key of [from, after, to, before]) if (key !== undefined) this.schema.checkKey(key);
    const low = bound(from, after, 1);
    const high = bound(to, before, -1);
    const keys = reverse
      ? order.descending(high.key, high.exclusive)
      : order.ascending(low.key, low.exclusive);
    const isPast = (key: Key): boolean => (reverse ? isBefore(key, low) : isAfter(key, high));
    return this.#walk(keys, isPast, limit);
  }

  delete(key: Key): void {
    this.schema.checkDeletable(key);
    this.write({ key, row: undefined });
  }

  transaction<T>(work: (tx: Transaction<R>) => T | Promise<T>): Promise<T> {
    return this.host.transaction((view) => work(this.#open(view))) as Promise<T>;
  }

  protected override candidates(where: object): Iterable<R> | undefined {
    const key = (where as Row)[this.schema.key];
    if (typeof key === 'string' || typeof key === 'number') {
      const row = this.get(key);
      return row === undefined ? [] : [row];
    }
    const found = super.candidates(where);
    return found && this.#inOrder([...found]);
  }

  *#walk(keys: Iterable<Key>, isPast: (key: Key) => boolean, limit: number): IterableIterator<R> {
    let count = 0;
    if (count >= limit) return;
    for (const key of keys) {
      if (isPast(key)) return;
      const row = this.get(key);
      if (row === undefined) continue; // deleted during the walk
      yield row;
      if (++count >= limit) return;
    }
  }

  #inOrder(rows: R[]): R[] {
    if (this.views.order === undefined) return rows;
    const { key } = this.schema;
    return rows.toSorted((one, other) =>
      compareKeys((one as Row)[key] as Key, (other as Row)[key] as Key),
    );
  }

  #open(view: TransactionView): Transaction<R> {
    return {
      get: (key) => view.get(key) as R | undefined,
      rows: () => this.#inOrder(view.rows() as R[]),
      put: (given) => {
        this.checkOpen(view);
        view.write(this.writeOf(given));
      },
      delete: (key) => {
        this.checkOpen(view);
        this.schema.checkDeletable(key);
        view.write({ key, row: undefined });
      },
    };
  }
}

interface Bound {
  readonly key: Key | undefined;
  readonly exclusive: boolean;
}

/** The narrower of two, for the lower end (`side` 1) or the upper one (-1). */
function bound(inclusive: Key | undefined, exclusive: Key | undefined, side: 1 | -1): Bound {
  if (exclusive === undefined) return { key: inclusive, exclusive: false };
  const isNarrower = inclusive !== undefined && compareKeys(inclusive, exclusive) * side > 0;
  return isNarrower ? { key: inclusive, exclusive: false } : { key: exclusive, exclusive: true };
}

function isBefore(key: Key, low: Bound): boolean {
  const order = low.key === undefined ? 1 : compareKeys(key, low.key);
  return order < 0 || (order === 0 && low.exclusive);
}

function isAfter(key: Key, high: Bound): boolean {
  const order = high.key === undefined ? -1 : compareKeys(key, high.key);
  return order > 0 || (order === 0 && high.exclusive);
}
