import type { Observable } from 'rxjs';
import type { Key } from '../protocol/tables/row.js';
import type { NodeId } from '../protocol/terms.js';

/** What a column's values are, where a table says so. `'object'`: a plain object; `'bytes'`: a `Uint8Array`. */
export type ColumnType = 'string' | 'number' | 'boolean' | 'bytes' | 'array' | 'object';

/** What a table is: the same on every node that opens it, but for `indexes`. */
export interface TableConfig<Row extends object> {
  /** Unique in the cluster; 1 to 200 characters. Names that begin with `beethoven.` are the framework's own. */
  readonly name: string;
  /**
   * The column that tells rows apart. Its values are well-formed strings or finite numbers; `1` and `'1'` are two keys.
   * In a bag, several rows may share one.
   */
  readonly key: keyof Row & string;
  /** Every column that a row may have, the key included. All but the key may be absent from a row. */
  readonly columns: readonly (keyof Row & string)[];
  /**
   * What the values of some columns must be. A column may be absent from a row, or `null`, whatever its type.
   * @default any value that can travel
   */
  readonly types?: { readonly [Column in keyof Row & string]?: ColumnType } | undefined;
  /**
   * `'set'`: a row a key. `'ordered_set'`: the same, in the order of the keys: numbers by value, then strings by their UTF-16 code
   * units; costs each new and each deleted key the logarithm of the table's size. `'bag'`: any number of different rows a key; see {@link Bag}.
   * @default 'set'
   */
  readonly type?: 'set' | 'ordered_set' | 'bag' | undefined;
  /**
   * `'multi'`: every node that opens it has a copy of all rows, and they are kept the same. `'local'`: each node that opens it has rows of
   * its own, which no other sees.
   * @default 'multi'
   */
  readonly copies?: 'multi' | 'local' | undefined;
  /**
   * `'ram'`: the rows live as long as one node that has them. `'disc'`: this node keeps them in `dataDir` as well, and has them
   * again when it comes back, also when all nodes were gone at once; what each of them has is merged. Opening the table reads its
   * file, at once. A transaction is on the disc of this node, and on that of every other copy whose disc works, when it resolves; `put` and
   * `delete` do not wait, and are on the disc soon after: what a process wrote in its last moments may be missing. May differ between nodes.
   * @default 'ram'
   */
  readonly storage?: 'ram' | 'disc' | undefined;
  /**
   * Columns by whose values rows are found without a look at the others. Each costs a map entry a row, and time at every write.
   * Their values are strings, numbers, booleans or `null`. May differ between nodes.
   * @default []
   */
  readonly indexes?: readonly (keyof Row & string)[] | undefined;
  /**
   * Compared before the time when two versions of a row meet: the higher rank wins, then the later write. A `put` that is
   * outranked by the row at hand changes nothing. Asked about rows from other nodes too, so it must not trust their shape. Rows
   * of a table with a rank are never deleted. Not for a bag.
   * @default every row ranks alike
   */
  readonly rank?: ((row: Row) => number) | undefined;
}

/** How a table begins. */
export interface TableCreation<T> {
  /**
   * Runs when the table is new in the cluster, on one of the nodes that open it with such an action: once, also where several open it at
   * the same moment. Should that node die, or throw, before it is done, another runs its own, on the rows that the first had
   * written: so it is best one transaction. Once no live node has the table any more it is new again; a `'local'` table is new on each
   * node. A table that comes back from a disc with rows is not new. Two sides of a partition that never saw each other each create it, unless `splitBrain` asks for a quorum.
   */
  readonly onCreated?: ((table: T) => void | Promise<void>) | undefined;
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

/** A bag, which `TableService.open` gives another shape. */
export interface BagConfig<Row extends object> extends TableConfig<Row> {
  readonly type: 'bag';
}

/**
 * Which rows: those with these values, compared by content, `undefined` for those without the column; or those for which the function
 * says yes.
 */
export type Where<Row extends object> =
  { readonly [Column in keyof Row]?: Row[Column] | undefined } | ((row: Row) => boolean);

/** A stretch of keys. `from` and `to` are part of it, `after` and `before` are not; left out, it has no end there. */
export interface KeyRange {
  readonly from?: Key | undefined;
  readonly after?: Key | undefined;
  readonly to?: Key | undefined;
  readonly before?: Key | undefined;
  /** From the greatest key down. @default false */
  readonly reverse?: boolean | undefined;
  /** The most rows. @default all */
  readonly limit?: number | undefined;
}

/** What a transaction sees and does. Valid while its work runs. */
export interface Transaction<Row extends object> {
  /** The row as of the first look at it, with this transaction's own writes. */
  get(key: Key): Row | undefined;
  /**
   * Every row, with this transaction's own writes, in the order of the table. The transaction then depends on each of them, and on there
   * being no others: cheap for tens of rows, dear for thousands.
   */
  rows(): Row[];
  /** @throws TableSchemaError for what is no row of this table. */
  put(row: Row): void;
  delete(key: Key): void;
}

/** What a transaction sees and does in a bag. Valid while its work runs. */
export interface BagTransaction<Row extends object> {
  /** The rows with this key, with this transaction's own writes. It then depends on all rows of the bag, as with `rows()`. */
  get(key: Key): Row[];
  /** Every row, as in {@link Transaction.rows}. */
  rows(): Row[];
  /** @throws TableSchemaError for what is no row of this table. */
  put(row: Row): void;
  /** Every row with this key. */
  delete(key: Key): void;
  /** The row that is the same as this one. */
  deleteRow(row: Row): void;
}

/** What tables and bags have in common. */
export interface Rows<Row extends object> {
  readonly name: string;
  /** How many rows it has. */
  readonly size: number;
  has(key: Key): boolean;
  /** All rows: of an `'ordered_set'` by their keys, of others in no order that means anything. It may be written to meanwhile. */
  rows(): IterableIterator<Row>;
  /**
   * The rows that match, in the order of the table. Looks only at those that share a key or an indexed value with the
   * conditions, where these name such a column; else, and for a function, at all.
   * @throws TableSchemaError for an unknown column
   */
  select(where: Where<Row>): Row[];
  /**
   * The rows with this value in an indexed column, at the cost of what is found; in no order that means anything.
   * @throws TableSchemaError for a column without an index
   */
  byIndex<Column extends keyof Row & string>(column: Column, value: Row[Column]): Row[];
  /**
   * Each change from here on, wherever it was made, at the moment when this copy makes it; the rows of one transaction are all there
   * when the first of them is told. A watcher that throws is logged. Completes when the node stops.
   */
  watch(): Observable<TableEvent<Row>>;
  /**
   * Resolves once the table exists in the cluster, its creation action done, and this copy has the rows of the others. Rows may be written and
   * read before, but a new copy grows piece by piece until then: a row that others have may be missing, and some of a transaction.
   * @param timeoutMs 5,000 by default
   * @throws TableTimeoutError when it does not in that time
   * @throws TableSchemaError when the cluster has it with another key, type, rank, or another type of a column, as do all calls from then on
   * @throws TableCreationError when this node ran the creation action, and it threw
   * @throws TablesStoppedError when this node stops
   */
  untilExists(timeoutMs?: number): Promise<void>;
}

/**
 * Rows that every node with this table has a copy of. Reads are local and cost a map lookup. `put` and `delete` are applied here at once,
 * reach the others within a tick, and never fail for a lost node: of two versions of a row the later write wins, everywhere
 * the same one. What must not be decided twice goes into a `transaction`.
 */
export interface Table<Row extends object> extends Rows<Row> {
  /** The row, frozen. */
  get(key: Key): Row | undefined;
  /**
   * The rows of a stretch of keys, in their order. It may be written to meanwhile.
   * @throws TableSchemaError unless this is an `'ordered_set'`
   */
  range(range?: KeyRange): IterableIterator<Row>;
  /**
   * Writes a row in place of the one with its key. The row is copied and frozen, its nested values are not.
   * @throws TableSchemaError for an unknown column, a missing key, or a value of another type, or that cannot travel; nothing is written.
   */
  put(row: Row): void;
  /** Nothing happens where there is no such row. @throws TableSchemaError in a table with a `rank`. */
  delete(key: Key): void;
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
   * @throws TooManyTransactionsError while 65,536 are under way on this node; it was not run.
   * @throws TransactionTooLargeError beyond 1 MiB or 10,000 rows written, or 50,000 read; nothing was written.
   * @throws TablesStoppedError when this node stops; it may or may not have been written.
   * @throws DiscWriteError when the disc of this node cannot be written: every copy has it in memory.
   */
  transaction<T>(work: (tx: Transaction<Row>) => T | Promise<T>): Promise<T>;
}

/**
 * Any number of different rows a key. A row is what is in it: putting what is there already adds nothing, and rows that differ in any
 * column are two. So copies that were written to apart come together as the union of what each has, less what was deleted
 * since. Rows travel with their content twice: a bag is for small ones.
 */
export interface Bag<Row extends object> extends Rows<Row> {
  /** The rows with this key, frozen, in no order that means anything; none is no error. */
  get(key: Key): Row[];
  /**
   * Adds a row. It is copied and frozen, its nested values are not.
   * @throws TableSchemaError as `put` of a table
   */
  put(row: Row): void;
  /** Deletes every row with this key that this copy has. */
  delete(key: Key): void;
  /** Deletes the row that is the same as this one. @throws TableSchemaError for what is no row of this table. */
  deleteRow(row: Row): void;
  /** As the transactions of a {@link Table}, with the same errors. */
  transaction<T>(work: (tx: BagTransaction<Row>) => T | Promise<T>): Promise<T>;
}
