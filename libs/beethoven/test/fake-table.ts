import { Subject } from 'rxjs';
import type { TableConfig, TableEvent, Transaction } from '../src/tables/table.js';

/** A row, or its deletion, with what decides between two versions of it. */
interface Version {
  readonly row: Fields | undefined;
  readonly rank: number;
  readonly stamp: number;
  readonly writer: string;
}

type Key = string | number;
type Fields = Record<string, unknown>;

/** How the copies of one table reach each other. */
export interface TableWire {
  readonly stamp: () => number;
  /** Brings a version to the copies on the nodes that this one reaches. */
  readonly spread: (table: string, key: Key, version: Version) => void;
  /** Runs the work at the copy that decides, one message away; resolves when every reachable copy has the outcome. */
  readonly decide: <T>(table: string, work: (deciding: FakeTable) => T) => Promise<T>;
}

/** One node's copy of a replicated table: last writer wins, transactions are validated by one deciding copy. */
export class FakeTable {
  readonly versions = new Map<Key, Version>();
  readonly #events = new Subject<TableEvent<Fields>>();

  constructor(
    readonly config: TableConfig<Fields>,
    private readonly node: string,
    private readonly wire: TableWire,
  ) {}

  get = (key: Key): Fields | undefined => this.versions.get(key)?.row;
  has = (key: Key): boolean => this.get(key) !== undefined;
  watch = () => this.#events.asObservable();

  get size(): number {
    return [...this.rows()].length;
  }

  *rows(): IterableIterator<Fields> {
    for (const { row } of this.versions.values()) if (row !== undefined) yield row;
  }

  put(row: Fields): void {
    this.write(row[this.config.key] as Key, row);
  }

  delete(key: Key): void {
    this.write(key, undefined);
  }

  write(key: Key, row: Fields | undefined): void {
    const frozen = row && Object.freeze(structuredClone(row));
    const rank = (frozen && this.config.rank?.(frozen)) ?? 0;
    const version = { row: frozen, rank, stamp: this.wire.stamp(), writer: this.node };
    this.apply(key, version);
    this.wire.spread(this.config.name, key, version);
  }

  apply(key: Key, version: Version): void {
    const old = this.versions.get(key);
    if (old !== undefined && compare(old, version) >= 0) return;
    this.versions.set(key, version);
    this.#events.next({
      operation: version.row ? 'put' : 'delete',
      key,
      ...(version.row && { row: version.row }),
      ...(old?.row && { old: old.row }),
      origin: version.writer,
      local: version.writer === this.node,
    });
  }

  async transaction<T>(work: (tx: Transaction<Fields>) => T | Promise<T>): Promise<T> {
    for (;;) {
      const read = new Map<Key, Version | undefined>();
      const written = new Map<Key, Fields | undefined>();
      const get = (key: Key): Fields | undefined => {
        if (written.has(key)) return written.get(key);
        read.set(key, this.versions.get(key));
        return this.get(key);
      };
      const result = await work({
        get,
        put: (row: Fields) => void written.set(row[this.config.key] as Key, row),
        delete: (key: Key) => void written.set(key, undefined),
        rows: () => {
          throw new Error('Not needed here.');
        },
      });
      const conflicts = await this.wire.decide(this.config.name, (deciding) => {
        const fresh = [...read].filter(([key, seen]) => deciding.versions.get(key) !== seen);
        if (fresh.length > 0)
          return fresh.map(([key]) => [key, deciding.versions.get(key)] as const);
        for (const [key, row] of written) deciding.write(key, row);
        return undefined;
      });
      if (conflicts === undefined) return result;
      for (const [key, version] of conflicts) if (version) this.apply(key, version);
    }
  }
}

function compare(a: Version, b: Version): number {
  return (
    a.rank - b.rank || a.stamp - b.stamp || (a.writer < b.writer ? -1 : Number(a.writer > b.writer))
  );
}
