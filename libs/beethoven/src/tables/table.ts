import type { Observable } from 'rxjs';
import type { Key } from '../protocol/tables/row.js';
import type { NodeId } from '../protocol/terms.js';

/** What a table is: the same on every node that opens it. */
export interface TableConfig<Row extends object> {
  /** Unique in the cluster; 1 to 200 characters. */
  readonly name: string;
  /** The column that tells rows apart. Its values are strings or finite numbers; `1` and `'1'` are two keys. */
  readonly key: keyof Row & string;
  /** Every column that a row may have, the key included. All but the key may be absent from a row. */
  readonly columns: readonly (keyof Row & string)[];
  /**
   * Compared before the time when two versions of a row meet: the higher rank wins, then the later write. A `put` that is
   * outranked by the row at hand changes nothing. Asked about rows from other nodes too, so it must not trust their shape. Rows
   * of a table with a rank are never deleted.
   * @default every row ranks alike
   */
  readonly rank?: (row: Row) => number;
}

/** One change of one row, as this node's copy has made it. */
export interface TableEvent<Row extends object> {
  readonly operation: 'put' | 'delete';
  readonly key: Key;
  /** The new row; absent when it was deleted. */
  readonly row?: Row;
  /** The row before; absent when there was none. */
  readonly old?: Row;
  /** The node that wrote it: for a transaction the one that decided it. */
  readonly origin: NodeId;
  /** Whether this process wrote it. */
  readonly local: boolean;
}

/** What a transaction sees and does. Valid while its work runs. */
export interface Transaction<Row extends object> {
  /** The row as of the first look at it, with this transaction's own writes. */
  get(key: Key): Row | undefined;
  /**
   * Every row, with this transaction's own writes. The transaction then depends on each of them, and on there being no others: cheap for
   * tens of rows, dear for thousands.
   */
  rows(): Row[];
  /** @throws TableSchemaError for what is no row of this table. */
  put(row: Row): void;
  delete(key: Key): void;
}

/**
 * Rows that every node with this table has a copy of. Reads are local and cost a map lookup. `put` and `delete` are applied here at once,
 * reach the others within a tick, and never fail for a lost node: of two versions of a row the later write wins, everywhere
 * the same one. What must not be decided twice goes into a `transaction`.
 */
export interface Table<Row extends object> {
  readonly name: string;
  /** How many rows it has. */
  readonly size: number;
  /** The row, frozen. */
  get(key: Key): Row | undefined;
  has(key: Key): boolean;
  /** All rows, in no order that means anything. */
  rows(): IterableIterator<Row>;
  /**
   * Writes a row in place of the one with its key. The row is copied and frozen, its nested values are not.
   * @throws TableSchemaError for an unknown column, a missing key, or a value that cannot travel; nothing is written.
   */
  put(row: Row): void;
  /** Nothing happens where there is no such row. @throws TableSchemaError in a table with a `rank`. */
  delete(key: Key): void;
  /**
   * Each change from here on, wherever it was made, at the moment when this copy makes it; the rows of one transaction are all there
   * when the first of them is told. A watcher that throws is logged. Completes when the node stops.
   */
  watch(): Observable<TableEvent<Row>>;
  /**
   * All or nothing, and one after the other for the table in the whole cluster: the live node that started first decides. The work may run
   * several times, on fresher rows each time, so it should do nothing but read and write through `tx`. What it throws ends
   * the transaction with nothing written. Resolves, with what the work gave, once every live and unsuspected copy has the rows.
   * A transaction that writes nothing sees this node's copy and asks nobody.
   *
   * Both sides of a partition go on deciding, unless the option `splitBrain` asks for a quorum; where they wrote the same row, the later
   * (or higher ranking) write wins when they meet.
   *
   * @throws TransactionConflictError when others were faster again and again; nothing was written.
   * @throws NoQuorumError on the side of a partition without quorum; nothing was written, unless the quorum was lost on the way.
   * @throws TransactionTimeoutError after 5 s; it may or may not have been written.
   * @throws TransactionTooLargeError beyond 1 MiB or 10,000 rows written, or 50,000 read; nothing was written.
   * @throws TablesStoppedError when this node stops; it may or may not have been written.
   */
  transaction<T>(work: (tx: Transaction<Row>) => T | Promise<T>): Promise<T>;
}
