import { Names, unpack } from './names.js';
import { areRowCells, type RowCells } from './row-cells.js';
import type { Key, ReplicaId, Row, Vector } from './row.js';
import {
  isBelow,
  isCount,
  isKey,
  isName,
  isNames,
  isPlainRow,
  isStamp,
  isTable,
} from './shapes.js';
import type { Write } from './table-replica.js';

/** A transaction that was decided, and the place in the log where its rows stand. */
export interface Decided {
  readonly id: string;
  /** Which run of the client's work it was. */
  readonly attempt: number;
  readonly origin: ReplicaId;
  readonly seq: number;
}

/** A version that a transaction has read; time 0: there was no such row. */
export interface Read {
  readonly key: Key;
  readonly time: number;
  readonly writer: ReplicaId;
}

/** How much of each of some tables the sender has seen, which it thereby says to have a copy of. */
export interface VectorsMessage {
  readonly kind: 'vectors';
  readonly tables: readonly { readonly name: string; readonly seen: Vector }[];
  /** These are all the tables that the sender has. */
  readonly complete: boolean;
  /** Asks for the same of the receiver. */
  readonly answer: boolean;
}

/** Two numbers for each table: one stands for what `vectors` would say, one for all rows. */
export interface SummaryMessage {
  readonly kind: 'summary';
  readonly tables: readonly {
    readonly name: string;
    readonly digest: number;
    readonly contents: number;
  }[];
}

/** Fresh writes of the sender. */
export interface BatchMessage {
  readonly kind: 'batch';
  readonly table: string;
  /** The run in the sender's log that a receiver has seen with it; 0: none, these rows are sent again. */
  readonly from: number;
  readonly to: number;
  readonly rows: RowCells;
  /** Asks for an `ack` with this number; 0: no. */
  readonly ticket: number;
  readonly decided: readonly Decided[];
}

/**
 * `some`: what the receiver has not seen. `all`: the whole table; what is not in it, and the sender has seen, was deleted. `again`: the whole
 * table, for copies that have seen the same and differ all the same; asks for the receiver's. `answer`: the receiver's.
 */
export type Scope = (typeof SCOPES)[number];

// A scope's place is its number on the wire, as are those of kinds and outcomes: add at the end.
const SCOPES = ['some', 'all', 'again', 'answer'] as const;

/** A part of what the receiver lacks. */
export interface ChunkMessage {
  readonly kind: 'chunk';
  readonly table: string;
  readonly session: number;
  readonly index: number;
  readonly scope: Scope;
  readonly rows: RowCells;
  /** With the last chunk: what the receiver has seen, and can no longer tell others, after it. */
  readonly end?: {
    readonly seen: Vector;
    readonly horizon: Vector;
    readonly floor: number;
    readonly decided: readonly Decided[];
  };
}

/** A chunk has been taken in. */
export interface MoreMessage {
  readonly kind: 'more';
  readonly table: string;
  readonly session: number;
  readonly index: number;
}

/** The rows of a batch are here. */
export interface AckMessage {
  readonly kind: 'ack';
  readonly ticket: number;
  /** The latest time of a row here that won over one of the batch; 0 where all of them won. */
  readonly outdone: number;
}

/** Asks the node that decides to make a transaction's writes, if what it read still holds. */
export interface CommitMessage {
  readonly kind: 'commit';
  readonly table: string;
  /** Counted by the client, for all its tables. */
  readonly number: number;
  readonly attempt: number;
  /** The client's hybrid time: the writes must be later than all that it has seen. */
  readonly time: number;
  readonly reads: readonly Read[];
  /** How many rows the whole table had, when the transaction depends on that; -1: it does not. */
  readonly count: number;
  readonly writes: readonly Write[];
}

/** The answer to `commit`. `rows`: what it should have read, as far as it was wrong. */
export interface OutcomeMessage {
  readonly kind: 'outcome';
  readonly number: number;
  readonly attempt: number;
  readonly outcome: 'committed' | 'conflict' | 'elsewhere';
  readonly rows: RowCells;
}

export type TableMessage =
  | VectorsMessage
  | SummaryMessage
  | BatchMessage
  | ChunkMessage
  | MoreMessage
  | AckMessage
  | CommitMessage
  | OutcomeMessage;

const KINDS: readonly TableMessage['kind'][] = [
  'vectors',
  'summary',
  'batch',
  'chunk',
  'more',
  'ack',
  'commit',
  'outcome',
];
const OUTCOMES: readonly OutcomeMessage['outcome'][] = ['committed', 'conflict', 'elsewhere'];

/** The compact form that travels: an array that starts with the kind. */
export function toWire(message: TableMessage): unknown[] {
  const kind = KINDS.indexOf(message.kind);
  switch (message.kind) {
    case 'vectors': {
      const names = new Names();
      const tables = message.tables.flatMap(({ name, seen }) => [name, names.pack(seen)]);
      return [kind, names.list, tables, message.complete, message.answer];
    }
    case 'summary':
      return [
        kind,
        message.tables.flatMap(({ name, digest, contents }) => [name, digest, contents]),
      ];
    case 'batch': {
      const { table, from, to, rows, ticket } = message;
      const decided = message.decided.flatMap(decidedToWire);
      return [kind, table, from, to, rows.names, rows.cells, ticket, decided];
    }
    case 'chunk': {
      const { table, session, index, scope, rows, end } = message;
      return [
        kind,
        table,
        session,
        index,
        SCOPES.indexOf(scope),
        rows.names,
        rows.cells,
        end ? endToWire(end) : null,
      ];
    }
    case 'more':
      return [kind, message.table, message.session, message.index];
    case 'ack':
      return [kind, message.ticket, message.outdone];
    case 'commit': {
      const { table, number, attempt, time, count } = message;
      const names = new Names();
      const reads = message.reads.flatMap((read) => [
        read.key,
        read.time,
        read.time === 0 ? 0 : names.placeOf(read.writer),
      ]);
      const writes = message.writes.flatMap(({ key, row }) => [key, row ?? null]);
      return [kind, table, number, attempt, time, names.list, reads, count, writes];
    }
    case 'outcome': {
      const { number, attempt, outcome, rows } = message;
      return [kind, number, attempt, OUTCOMES.indexOf(outcome), rows.names, rows.cells];
    }
  }
}

/** Checks what a peer has sent. `undefined` where any part of it is not what it should be. */
export function fromWire(wire: unknown): TableMessage | undefined {
  if (!Array.isArray(wire) || !isBelow(wire[0], KINDS.length)) return undefined;
  const fields = wire as readonly unknown[];
  switch (KINDS[wire[0]] as TableMessage['kind']) {
    case 'vectors':
      return vectorsFromWire(fields);
    case 'summary':
      return summaryFromWire(fields);
    case 'batch':
      return batchFromWire(fields);
    case 'chunk':
      return chunkFromWire(fields);
    case 'more': {
      const [, table, session, index] = fields;
      if (!isName(table) || !isCount(session) || !isCount(index)) return undefined;
      return { kind: 'more', table, session, index };
    }
    case 'ack': {
      const [, ticket, outdone] = fields;
      if (!isCount(ticket) || !isStamp(outdone)) return undefined;
      return { kind: 'ack', ticket, outdone };
    }
    case 'commit':
      return commitFromWire(fields);
    case 'outcome': {
      const [, number, attempt, outcome, names, cells] = fields;
      if (!isCount(number) || !isCount(attempt) || !isBelow(outcome, OUTCOMES.length))
        return undefined;
      if (!areRowCells(names, cells)) return undefined;
      return {
        kind: 'outcome',
        number,
        attempt,
        outcome: OUTCOMES[outcome] as OutcomeMessage['outcome'],
        rows: { names, cells } as RowCells,
      };
    }
  }
}

function vectorsFromWire([, names, list, complete, answer]: readonly unknown[]) {
  if (!isNames(names) || typeof complete !== 'boolean' || typeof answer !== 'boolean')
    return undefined;
  if (!isTable(list, 2, (cells, at) => isName(cells[at]) && isVector(cells[at + 1], names.length)))
    return undefined;
  const tables: { name: string; seen: Vector }[] = [];
  for (let at = 0; at < list.length; at += 2)
    tables.push({ name: list[at] as string, seen: unpack(names, list[at + 1] as number[]) });
  return { kind: 'vectors', tables, complete, answer } as const;
}

function summaryFromWire([, list]: readonly unknown[]): SummaryMessage | undefined {
  const isRow = (cells: readonly unknown[], at: number): boolean =>
    isName(cells[at]) && isCount(cells[at + 1]) && isCount(cells[at + 2]);
  if (!isTable(list, 3, isRow)) return undefined;
  const tables: { name: string; digest: number; contents: number }[] = [];
  for (let at = 0; at < list.length; at += 3) {
    const [name, digest, contents] = [list[at], list[at + 1], list[at + 2]] as [
      string,
      number,
      number,
    ];
    tables.push({ name, digest, contents });
  }
  return { kind: 'summary', tables };
}

function batchFromWire(fields: readonly unknown[]): BatchMessage | undefined {
  const [, table, from, to, names, cells, ticket, list] = fields;
  if (!isName(table) || !isStamp(from) || !isStamp(to) || from > to || !isCount(ticket))
    return undefined;
  if (!areRowCells(names, cells)) return undefined;
  const decided = decidedFromWire(list);
  if (decided === undefined) return undefined;
  return { kind: 'batch', table, from, to, rows: { names, cells } as RowCells, ticket, decided };
}

function chunkFromWire(fields: readonly unknown[]): ChunkMessage | undefined {
  const [, table, session, index, scope, names, cells, last] = fields;
  if (!isName(table) || !isCount(session) || !isCount(index) || !isBelow(scope, SCOPES.length))
    return undefined;
  if (!areRowCells(names, cells)) return undefined;
  const chunk = {
    kind: 'chunk',
    table,
    session,
    index,
    scope: SCOPES[scope] as Scope,
    rows: { names, cells } as RowCells,
  } as const;
  if (last === null) return chunk;
  const end = endFromWire(last);
  return end && { ...chunk, end };
}

type End = NonNullable<ChunkMessage['end']>;

function endToWire({ seen, horizon, floor, decided }: End): unknown[] {
  const names = new Names();
  return [names.pack(seen), names.pack(horizon), names.list, floor, decided.flatMap(decidedToWire)];
}

function endFromWire(wire: unknown): End | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [seen, horizon, names, floor, list] = wire as readonly unknown[];
  if (!isNames(names) || !isStamp(floor)) return undefined;
  if (!isVector(seen, names.length) || !isVector(horizon, names.length)) return undefined;
  const decided = decidedFromWire(list);
  if (decided === undefined) return undefined;
  return { seen: unpack(names, seen), horizon: unpack(names, horizon), floor, decided };
}

function commitFromWire(fields: readonly unknown[]): CommitMessage | undefined {
  const [, table, number, attempt, time, names, readCells, count, writeCells] = fields;
  if (!isName(table) || !isCount(number) || !isCount(attempt) || !isStamp(time)) return undefined;
  if (!isNames(names) || !(isCount(count) || count === -1)) return undefined;
  const isRead = (cells: readonly unknown[], at: number): boolean =>
    isKey(cells[at]) &&
    isStamp(cells[at + 1]) &&
    (cells[at + 1] === 0 || isBelow(cells[at + 2], names.length));
  const isWrite = (cells: readonly unknown[], at: number): boolean =>
    isKey(cells[at]) && (cells[at + 1] === null || isPlainRow(cells[at + 1]));
  if (!isTable(readCells, 3, isRead) || !isTable(writeCells, 2, isWrite)) return undefined;

  const reads: Read[] = [];
  for (let at = 0; at < readCells.length; at += 3) {
    const readAt = readCells[at + 1] as number;
    const writer = readAt === 0 ? '' : (names[readCells[at + 2] as number] as string);
    reads.push({ key: readCells[at] as Key, time: readAt, writer });
  }
  const writes: Write[] = [];
  for (let at = 0; at < writeCells.length; at += 2)
    writes.push({
      key: writeCells[at] as Key,
      row: (writeCells[at + 1] ?? undefined) as Row | undefined,
    });
  return { kind: 'commit', table, number, attempt, time, reads, count, writes };
}

function decidedToWire({ id, attempt, origin, seq }: Decided): unknown[] {
  return [id, attempt, origin, seq];
}

function decidedFromWire(list: unknown): Decided[] | undefined {
  const isDecided = (cells: readonly unknown[], at: number): boolean =>
    isName(cells[at]) && isCount(cells[at + 1]) && isName(cells[at + 2]) && isStamp(cells[at + 3]);
  if (!isTable(list, 4, isDecided)) return undefined;
  const decided: Decided[] = [];
  for (let at = 0; at < list.length; at += 4) {
    decided.push({
      id: list[at] as string,
      attempt: list[at + 1] as number,
      origin: list[at + 2] as string,
      seq: list[at + 3] as number,
    });
  }
  return decided;
}

function isVector(value: unknown, names: number): value is readonly number[] {
  return isTable(value, 2, (cells, at) => isBelow(cells[at], names) && isStamp(cells[at + 1]));
}
