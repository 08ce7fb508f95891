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

/** What is asked of a table elsewhere. */
interface Order {
  readonly table: string;
  readonly operation: string;
  readonly args: readonly unknown[];
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
    calls.serve('tables', readOrder, async (_, order) => this.#answer(order));
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
    const body: Order = { table, operation, args };
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

  #answer({ table: name, operation, args }: Order): unknown {
    const table = this.tables.find(name);
    if (table === undefined) throw new TableNotFoundError(name, this.coreServer.self.id);
    if (!OPERATIONS.includes(operation as Operation))
      throw new TypeError(`There is no operation ${operation} on a table.`);
    if (operation === 'size') return table.size;
    const run = table as unknown as Record<string, (...given: readonly unknown[]) => unknown>;
    return run[operation]?.(...args);
  }
}

/** Checks what a peer asks for; an operation that there is not here may be one of a later release. */
function readOrder(body: unknown): Order | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { table, operation, args } = body as Record<keyof Order, unknown>;
  if (typeof table !== 'string' || typeof operation !== 'string' || !Array.isArray(args))
    return undefined;
  return { table, operation, args };
}
