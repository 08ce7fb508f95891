import { isAsRead } from './conflicts.js';
import type { Foresight } from './foresight.js';
import type { Foreseen, Read } from './messages.js';
import type { Key, Row, Write } from './row.js';
import type { TableReplica } from './table-replica.js';
import { MAX_WEIGHT, weighRow } from './weight.js';

/** The most rows that one transaction may write. */
const MAX_WRITES = 10_000;
/** The most rows that one transaction may read. */
const MAX_READS = 50_000;

/** What a run has found under a key, and how it is told whether that is so still. */
interface Seen {
  readonly read: Read | Foreseen;
  readonly row: Row | undefined;
}

/** One run of a transaction's work: sees the local copy as of its first look at each row, and its own writes; changes nothing. */
export class TransactionView {
  // Made when they are needed: most transactions are small, and there are many.
  #reads: Map<Key, Seen> | undefined;
  #writes: Map<Key, Write> | undefined;
  #count = -1;
  #closed = false;

  constructor(
    private readonly table: string,
    private readonly replica: TableReplica,
    private readonly foresight: Foresight,
  ) {}

  get(key: Key): Row | undefined {
    const write = this.#writes?.get(key);
    return write === undefined ? this.#read(key) : write.row;
  }

  rows(): Row[] {
    if (this.#count < 0) {
      for (const { key } of this.replica.entries()) this.#read(key);
      this.#count = this.replica.size;
    }
    const rows: Row[] = [];
    for (const [key, { row }] of this.#reads ?? [])
      if (row !== undefined && !this.#writes?.has(key)) rows.push(row);
    for (const { row } of this.#writes?.values() ?? []) if (row !== undefined) rows.push(row);
    return rows;
  }

  write(write: Write): void {
    this.#writes ??= new Map();
    this.#writes.set(write.key, write);
  }

  /** The work is done: nothing that it still does with this run counts. */
  close(): void {
    this.#closed = true;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get hasWrites(): boolean {
    return this.#writes !== undefined;
  }

  get writes(): readonly Write[] {
    return this.#writes === undefined ? [] : [...this.#writes.values()];
  }

  get reads(): readonly Read[] {
    const reads: Read[] = [];
    for (const { read } of this.#reads?.values() ?? []) if ('time' in read) reads.push(read);
    return reads;
  }

  /** What it has read of transactions that were not answered yet. */
  get foreseen(): readonly Foreseen[] {
    const foreseen: Foreseen[] = [];
    for (const { read } of this.#reads?.values() ?? []) if ('number' in read) foreseen.push(read);
    return foreseen;
  }

  /** How many rows the table had when all were looked at; -1: they were not. */
  get count(): number {
    return this.#count;
  }

  /** Whether the local copy is not any more what was read: a run on it now would see something else. */
  get isOutdated(): boolean {
    if (this.#count >= 0 && this.#count !== this.replica.size) return true;
    for (const { read } of this.#reads?.values() ?? []) {
      const holds =
        'time' in read
          ? isAsRead(this.replica.entry(read.key), read)
          : this.foresight.holds(this.table, read);
      if (!holds) return true;
    }
    return false;
  }

  get isTooLarge(): boolean {
    if ((this.#writes?.size ?? 0) > MAX_WRITES || (this.#reads?.size ?? 0) > MAX_READS) return true;
    let weight = 0;
    for (const { row } of this.#writes?.values() ?? []) weight += weighRow(row);
    return weight > MAX_WEIGHT;
  }

  #read(key: Key): Row | undefined {
    const known = this.#reads?.get(key);
    if (known !== undefined) return known.row;
    this.#reads ??= new Map();
    const prospect = this.foresight.get(this.table, key);
    if (prospect !== undefined) {
      const { row, number, attempt } = prospect;
      this.#reads.set(key, { read: { key, number, attempt }, row });
      return row;
    }
    const entry = this.replica.entry(key);
    const read = { key, time: entry?.time ?? 0, writer: entry?.writer ?? '' };
    this.#reads.set(key, { read, row: entry?.row });
    return entry?.row;
  }
}
