import type { Observable, Observer } from 'rxjs';
import { TransactionOverError } from '../errors/transaction-over.error.js';
import { nodeOf, type Change, type Key, type ReplicaId } from '../protocol/tables/row.js';
import type { TableReplica } from '../protocol/tables/table-replica.js';
import type { TransactionView } from '../protocol/tables/transaction-view.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import { GuardedStream } from './guarded-stream.js';
import type { Table, TableEvent, Transaction } from './table.js';
import type { TableSchema } from './table-schema.js';

/** What a table needs of its node. */
export interface TableHost {
  now(): Millis;
  /** This node has written something that the others have to be told. */
  written(): void;
  report(error: unknown): void;
  transaction(work: (view: TransactionView) => unknown): Promise<unknown>;
}

/** A table as the application has it: its schema, its copy, its watchers. */
export class ReplicatedTable<Row extends object> implements Table<Row> {
  readonly #watchers = new Set<Observer<TableEvent<Row>>>();
  readonly #events: Observable<TableEvent<Row>>;
  /** Rows come by the thousand from a handful of writers. */
  #lastWriter: { replica: ReplicaId; node: NodeId } = { replica: '', node: '' };
  #completed = false;

  constructor(
    readonly schema: TableSchema,
    private readonly replica: TableReplica,
    private readonly host: TableHost,
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

  get(key: Key): Row | undefined {
    return this.replica.get(key) as Row | undefined;
  }

  has(key: Key): boolean {
    return this.replica.get(key) !== undefined;
  }

  rows(): IterableIterator<Row> {
    return this.replica.rows() as IterableIterator<Row>;
  }

  put(given: Row): void {
    const row = this.schema.row(given);
    this.#write({ key: row[this.schema.key] as Key, row });
  }

  delete(key: Key): void {
    this.schema.checkDeletable(key);
    this.#write({ key, row: undefined });
  }

  watch(): Observable<TableEvent<Row>> {
    return this.#events;
  }

  transaction<T>(work: (tx: Transaction<Row>) => T | Promise<T>): Promise<T> {
    return this.host.transaction((view) => work(this.#open(view))) as Promise<T>;
  }

  /** Tells the watchers. */
  tell(changes: readonly Change[]): void {
    if (this.#watchers.size === 0) return;
    for (const change of changes) {
      const event = this.#eventOf(change);
      for (const watcher of this.#watchers) watcher.next(event);
    }
  }

  complete(): void {
    this.#completed = true;
    for (const watcher of this.#watchers) watcher.complete();
    this.#watchers.clear();
  }

  #write(write: { key: Key; row: Readonly<Record<string, unknown>> | undefined }): void {
    const change = this.replica.write(write, this.host.now());
    if (change === undefined) return;
    this.host.written();
    if (this.#watchers.size > 0) this.tell([change]);
  }

  #open(view: TransactionView): Transaction<Row> {
    const check = (): void => {
      if (view.isClosed) throw new TransactionOverError(this.name);
    };
    return {
      get: (key) => view.get(key) as Row | undefined,
      rows: () => view.rows() as Row[],
      put: (given) => {
        check();
        const row = this.schema.row(given);
        view.write({ key: row[this.schema.key] as Key, row });
      },
      delete: (key) => {
        check();
        this.schema.checkDeletable(key);
        view.write({ key, row: undefined });
      },
    };
  }

  #eventOf({ key, row, old, writer }: Change): TableEvent<Row> {
    return {
      operation: row === undefined ? 'delete' : 'put',
      key,
      ...(row && { row: row as Row }),
      ...(old && { old: old as Row }),
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
