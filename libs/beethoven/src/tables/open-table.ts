import { isDeepStrictEqual } from 'node:util';
import type { Observable, Observer } from 'rxjs';
import { TransactionOverError } from '../errors/transaction-over.error.js';
import {
  nodeOf,
  type Change,
  type Key,
  type ReplicaId,
  type Row,
  type Write,
} from '../protocol/tables/row.js';
import type { TableReplica } from '../protocol/tables/table-replica.js';
import type { TableViews } from '../protocol/tables/table-views.js';
import type { TransactionView } from '../protocol/tables/transaction-view.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import { GuardedStream } from './guarded-stream.js';
import type { Rows, TableEvent, Where } from './table.js';
import type { TableSchema } from './table-schema.js';

/** What a table needs of its node. */
export interface TableHost {
  /** The time of what is written in this turn. */
  now(): Millis;
  /** This node has written something that the others have to be told. */
  written(): void;
  report(error: unknown): void;
  transaction(work: (view: TransactionView) => unknown): Promise<unknown>;
  untilExists(timeout: Millis): Promise<void>;
}

/** The default of `untilExists`. */
const EXISTS_IN: Millis = 5_000;

/** A table or bag as the application has it: its schema, its copy, its watchers. */
export abstract class OpenTable<R extends object> implements Rows<R> {
  readonly #watchers = new Set<Observer<TableEvent<R>>>();
  readonly #events: Observable<TableEvent<R>>;
  /** Rows come by the thousand from a handful of writers. */
  #lastWriter: { replica: ReplicaId; node: NodeId } = { replica: '', node: '' };
  #completed = false;

  constructor(
    readonly schema: TableSchema,
    protected replica: TableReplica,
    protected views: TableViews,
    protected readonly host: TableHost,
  ) {
    this.#events = new GuardedStream(
      (error) => host.report(error),
      (watcher) => {
        if (this.#completed) watcher.complete();
        else this.#watchers.add(watcher);
        return () => this.#watchers.delete(watcher);
      },
    );
  }

  get name(): string {
    return this.schema.name;
  }

  get size(): number {
    return this.replica.size;
  }

  abstract has(key: Key): boolean;

  rows(): IterableIterator<R> {
    return this.replica.rows() as IterableIterator<R>;
  }

  select(where: Where<R>): R[] {
    if (typeof where === 'function') return [...this.rows()].filter(where);
    this.schema.checkColumns(where);
    const conditions = Object.entries(where);
    const candidates = this.candidates(where) ?? this.rows();
    return Array.from(candidates).filter((row) =>
      conditions.every(([column, value]) => isSame((row as Row)[column], value)),
    );
  }

  byIndex<Column extends keyof R & string>(column: Column, value: R[Column]): R[] {
    const index = this.views.index(column);
    if (index === undefined) throw this.schema.noIndex(column);
    return this.rowsOf(index.keys(value) ?? []);
  }

  put(given: R): void {
    const row = this.schema.draft(given);
    this.write({ key: this.schema.keyOf(row), row });
  }

  watch(): Observable<TableEvent<R>> {
    return this.#events;
  }

  untilExists(timeoutMs: Millis = EXISTS_IN): Promise<void> {
    return this.host.untilExists(timeoutMs);
  }

  /** Tells the watchers. */
  tell(changes: readonly Change[]): void {
    if (this.#watchers.size === 0) return;
    for (const change of changes) {
      const event = this.#eventOf(change);
      for (const watcher of this.#watchers) watcher.next(event);
    }
  }

  /** From here on every call throws: this copy is of no use to anybody. */
  refuse(error: Error): void {
    this.replica = refusal(error) as TableReplica;
    this.views = refusal(error) as TableViews;
    for (const watcher of this.#watchers) watcher.error(error);
    this.#watchers.clear();
  }

  complete(): void {
    this.#completed = true;
    for (const watcher of this.#watchers) watcher.complete();
    this.#watchers.clear();
  }

  /** The rows among which those must be that match, as few as can be told without a look at them; in the order of the table. */
  protected candidates(where: object): Iterable<R> | undefined {
    let fewest: ReadonlySet<Key> | undefined;
    for (const [column, value] of Object.entries(where)) {
      if (value === undefined || (typeof value === 'object' && value !== null)) continue;
      const index = this.views.index(column);
      if (index === undefined) continue;
      const keys = index.keys(value);
      if (keys === undefined) return [];
      if (fewest === undefined || keys.size < fewest.size) fewest = keys;
    }
    return fewest && this.rowsOf(fewest);
  }

  protected rowsOf(keys: Iterable<Key>): R[] {
    return Array.from(keys, (key) => this.replica.get(key) as R);
  }

  protected write(write: Write): void {
    const change = this.replica.write(write, this.host.now());
    if (change === undefined) return;
    this.host.written();
    if (this.#watchers.size > 0) this.tell([change]);
  }

  protected checkOpen(view: TransactionView): void {
    if (view.isClosed) throw new TransactionOverError(this.name);
  }

  protected writeOf(given: object): Write {
    const row = this.schema.row(given);
    return { key: this.schema.keyOf(row), row };
  }

  #eventOf({ key, row, old, writer }: Change): TableEvent<R> {
    return {
      operation: row === undefined ? 'delete' : 'put',
      key: this.schema.identity === undefined ? key : ((row ?? old)?.[this.schema.key] as Key),
      ...(row && { row: row as R }),
      ...(old && { old: old as R }),
      origin: this.#nodeOf(writer),
      local: writer === this.replica.self.id,
    };
  }

  #nodeOf(replica: ReplicaId): NodeId {
    if (this.#lastWriter.replica !== replica) {
      this.#lastWriter = { replica, node: nodeOf(replica) };
    }
    return this.#lastWriter.node;
  }
}

/** As an index tells values apart, and what is no value for an index by its content. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'object' && one !== null) return isDeepStrictEqual(one, other);
  return one === other || (Number.isNaN(one) && Number.isNaN(other));
}

/** Stands in for what must not be touched any more. */
function refusal(error: Error): object {
  return new Proxy(
    {},
    {
      get() {
        throw error;
      },
    },
  );
}
