import { Injectable } from '@nestjs/common';
import { CoreServerService } from '../core-server/core-server.service.js';
import { CallLostError } from '../errors/call-lost.error.js';
import { TableNotFoundError } from '../errors/table-not-found.error.js';
import { Calls } from '../network/calls.js';
import type { Key } from '../protocol/tables/row.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import { TableService } from './table.service.js';
import type { Where } from './table.js';

/** Where a table is asked for, and how long. */
export interface RemoteTableOptions {
  /** Needed for a table with `'local'` copies. @default this node if it has a copy, else any that has one */
  readonly node?: NodeId | undefined;
  /** How long each answer is waited for (ms). @default 5000 */
  readonly timeout?: Millis | undefined;
}

/**
 * A table without a copy on this node: each call goes to a node that has one. What is read is that copy; what is written is there when the
 * promise resolves, and on its way to the others. Answers are limited to 16 MiB.
 *
 * All throw TableNotFoundError; CallTimeoutError; CallLostError when the node is lost, and for reads only when no other has a copy;
 * RemoteCallError for what the copy throws, such as `TableSchemaError`.
 */
export interface RemoteTable<Row extends object> {
  /** The row; in a bag, all rows with this key. */
  get(key: Key): Promise<Row | Row[] | undefined>;
  has(key: Key): Promise<boolean>;
  size(): Promise<number>;
  /** As `select` of a table; conditions only, since a function cannot travel. */
  select(where: Exclude<Where<Row>, (row: Row) => boolean>): Promise<Row[]>;
  byIndex<Column extends keyof Row & string>(column: Column, value: Row[Column]): Promise<Row[]>;
  put(row: Row): Promise<void>;
  delete(key: Key): Promise<void>;
}

type Operation = (typeof OPERATIONS)[number];

const OPERATIONS = ['get', 'has', 'size', 'select', 'byIndex', 'put', 'delete'] as const;
const WRITES: ReadonlySet<Operation> = new Set(['put', 'delete']);
const TIMEOUT: Millis = 5_000;

/** Gives tables to nodes that have no copy of them. */
@Injectable()
export class RemoteTables {
  constructor(
    private readonly tables: TableService,
    private readonly coreServer: CoreServerService,
    private readonly calls: Calls,
  ) {
    calls.serve('tables', async (_, body) => this.#answer(body));
  }

  /** The table of that name, wherever it is. */
  of<Row extends object>(name: string, options: RemoteTableOptions = {}): RemoteTable<Row> {
    const remote = Object.fromEntries(
      OPERATIONS.map((operation) => [
        operation,
        (...args: unknown[]) => this.#ask(name, operation, args, options),
      ]),
    );
    return Object.freeze(remote) as unknown as RemoteTable<Row>;
  }

  async #ask(
    table: string,
    operation: Operation,
    args: unknown[],
    { node, timeout = TIMEOUT }: RemoteTableOptions,
  ): Promise<unknown> {
    const body = { table, operation, args };
    const target = `${operation}() of table "${table}"`;
    const nodes = node === undefined ? this.#holders(table) : [node];
    let lost: CallLostError | undefined;
    for (const to of nodes) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next is asked only where the one before is lost
        return await this.calls.call(to, { service: 'tables', target, body, timeout });
      } catch (error) {
        if (!(error instanceof CallLostError)) throw error;
        // A write that was made and is made again could come after another's.
        if (error.sent && WRITES.has(operation)) throw error;
        lost = error;
      }
    }
    throw lost ?? new TableNotFoundError(table, 'any live node');
  }

  #holders(table: string): NodeId[] {
    const self = this.coreServer.self.id;
    return this.tables.find(table) === undefined ? this.tables.holders(table) : [self];
  }

  #answer(message: unknown): unknown {
    const { table: name, operation, args } = (message ?? {}) as Record<string, unknown>;
    const table = typeof name === 'string' ? this.tables.find(name) : undefined;
    if (table === undefined) throw new TableNotFoundError(String(name), this.coreServer.self.id);
    if (!OPERATIONS.includes(operation as Operation) || !Array.isArray(args))
      throw new TypeError(`There is no operation ${String(operation)} on a table.`);
    if (operation === 'size') return table.size;
    const run = table as unknown as Record<string, (...given: unknown[]) => unknown>;
    return run[operation as Operation]?.(...(args as unknown[]));
  }
}
