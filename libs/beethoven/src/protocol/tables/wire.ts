import type { MessageFormat } from '../message-format.js';
import type {
  BatchMessage,
  ChunkMessage,
  CommitMessage,
  Foreseen,
  OutcomeMessage,
  Read,
  Scope,
  SummaryMessage,
  TableMessage,
} from './messages.js';
import { Names, unpack } from './names.js';
import { packRows, unpackRows, type MakerOf } from './row-codec.js';
import type { Key, Row, Vector, Write } from './row.js';
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
import {
  decidedFromWire,
  decidedToWire,
  isVector,
  vectorFromWire,
  vectorToWire,
} from './wire-parts.js';

// The place in these lists is the number on the wire: add at the end.
const KINDS: readonly TableMessage['kind'][] = [
  'vectors',
  'summary',
  'batch',
  'chunk',
  'more',
  'ack',
  'commit',
  'outcome',
  'claim',
];
/** How they are read. */
export const TABLE_FORMAT: MessageFormat<TableMessage> = {
  kinds: KINDS.length,
  read: (wire) => fromWire(wire),
};

const OUTCOMES: readonly OutcomeMessage['outcome'][] = ['committed', 'conflict', 'elsewhere'];
const SCOPES: readonly Scope[] = ['some', 'all', 'again', 'answer'];

/** The compact form that travels: an array that starts with the kind. */
export function toWire(message: TableMessage): unknown[] {
  const kind = KINDS.indexOf(message.kind);
  switch (message.kind) {
    case 'vectors': {
      const names = new Names();
      const tables = message.tables.flatMap(({ name, seen, definition }) => [
        name,
        names.pack(seen),
        definition,
      ]);
      return [kind, names.list, tables, message.complete, message.answer];
    }
    case 'summary':
      return [
        kind,
        message.tables.flatMap(({ name, digest, contents }) => [name, digest, contents]),
      ];
    case 'batch': {
      const { table, from, to, rows, confirm } = message;
      const { first, last } = confirm ?? { first: 0, last: 0 };
      const decided = decidedToWire(message.decided);
      const after = vectorToWire(message.after);
      return [kind, table, from, to, rows.names, packRows(rows), first, last, decided, after];
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
        packRows(rows),
        end ? endToWire(end) : null,
      ];
    }
    case 'more':
      return [kind, message.table, message.session, message.index];
    case 'ack':
      return [kind, message.tickets.first, message.tickets.last, message.outdone];
    case 'commit': {
      const { table, number, attempt, settled, time, count } = message;
      const names = new Names();
      // Loops: flatMap() costs more than all the rest.
      const reads: unknown[] = [];
      for (const { key, time: at, writer } of message.reads)
        reads.push(key, at, at === 0 ? 0 : names.placeOf(writer));
      const writes: unknown[] = [];
      for (const { key, row } of message.writes) writes.push(key, row ?? null);
      const foreseen: unknown[] = [];
      for (const one of message.foreseen) foreseen.push(one.key, one.number, one.attempt);
      return [
        kind,
        table,
        number,
        attempt,
        settled,
        time,
        names.list,
        reads,
        count,
        writes,
        foreseen,
      ];
    }
    case 'outcome': {
      const { number, attempt, outcome } = message;
      return [kind, number, attempt, OUTCOMES.indexOf(outcome)];
    }
    case 'claim': {
      const names = new Names();
      return [kind, message.table, message.number, names.pack(message.seen), names.list];
    }
  }
}

/** How rows of a table are made, if by a function of their own. */
export type TableMakerOf = (table: string, ...columns: Parameters<MakerOf>) => ReturnType<MakerOf>;

/** Checks what a peer has sent. `undefined` where any part of it is not what it should be. */
export function fromWire(
  wire: unknown,
  makerOf: TableMakerOf = () => undefined,
): TableMessage | undefined {
  if (!Array.isArray(wire) || !isBelow(wire[0], KINDS.length)) return undefined;
  const fields = wire as readonly unknown[];
  switch (KINDS[wire[0]] as TableMessage['kind']) {
    case 'vectors':
      return vectorsFromWire(fields);
    case 'summary':
      return summaryFromWire(fields);
    case 'batch':
      return batchFromWire(fields, makerOf);
    case 'chunk':
      return chunkFromWire(fields, makerOf);
    case 'more': {
      const [, table, session, index] = fields;
      if (!isName(table) || !isCount(session) || !isCount(index)) return undefined;
      return { kind: 'more', table, session, index };
    }
    case 'ack': {
      const [, first, last, outdone] = fields;
      if (!isCount(first) || !isCount(last) || first > last || !isStamp(outdone)) return undefined;
      return { kind: 'ack', tickets: { first, last }, outdone };
    }
    case 'commit':
      return commitFromWire(fields);
    case 'outcome': {
      const [, number, attempt, at] = fields;
      if (!isCount(number) || !isCount(attempt) || !isBelow(at, OUTCOMES.length)) return undefined;
      const outcome = OUTCOMES[at] as OutcomeMessage['outcome'];
      return { kind: 'outcome', number, attempt, outcome };
    }
    case 'claim': {
      const [, table, number, seen, names] = fields;
      if (!isName(table) || !isCount(number)) return undefined;
      if (!isNames(names) || !isVector(seen, names.length)) return undefined;
      return { kind: 'claim', table, number, seen: unpack(names, seen) };
    }
  }
}

function vectorsFromWire([, names, list, complete, answer]: readonly unknown[]) {
  if (!isNames(names) || typeof complete !== 'boolean' || typeof answer !== 'boolean')
    return undefined;
  const isOne = (cells: readonly unknown[], at: number): boolean =>
    isName(cells[at]) && isVector(cells[at + 1], names.length) && typeof cells[at + 2] === 'string';
  if (!isTable(list, 3, isOne)) return undefined;
  const tables: { name: string; seen: Vector; definition: string }[] = [];
  for (let at = 0; at < list.length; at += 3) {
    const [name, seen, definition] = list.slice(at, at + 3) as [string, number[], string];
    tables.push({ name, seen: unpack(names, seen), definition });
  }
  return { kind: 'vectors', tables, complete, answer } as const;
}

function summaryFromWire([, list]: readonly unknown[]): SummaryMessage | undefined {
  if (!isTable(list, 3, isSummaryRow)) return undefined;
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

function batchFromWire(
  fields: readonly unknown[],
  makerOf: TableMakerOf,
): BatchMessage | undefined {
  const [, table, from, to, names, packed, first, last, list, seen] = fields;
  if (!isName(table) || !isStamp(from) || !isStamp(to) || from > to) return undefined;
  if (!isCount(first) || !isCount(last) || first > last) return undefined;
  const rows = unpackRows(names, packed, (columns) => makerOf(table, columns));
  const decided = decidedFromWire(list);
  const after = vectorFromWire(seen);
  if (rows === undefined || decided === undefined || after === undefined) return undefined;
  const confirm = first === 0 ? undefined : { first, last };
  return { kind: 'batch', table, from, to, rows, confirm, decided, after };
}

function chunkFromWire(
  fields: readonly unknown[],
  makerOf: TableMakerOf,
): ChunkMessage | undefined {
  const [, table, session, index, scope, names, packed, last] = fields;
  if (!isName(table) || !isCount(session) || !isCount(index) || !isBelow(scope, SCOPES.length))
    return undefined;
  const rows = unpackRows(names, packed, (columns) => makerOf(table, columns));
  if (rows === undefined) return undefined;
  const chunk = {
    kind: 'chunk',
    table,
    session,
    index,
    scope: SCOPES[scope] as Scope,
    rows,
  } as const;
  if (last === null) return chunk;
  const end = endFromWire(last);
  return end && { ...chunk, end };
}

type End = NonNullable<ChunkMessage['end']>;

function endToWire({ seen, horizon, floor, decided, claim }: End): unknown[] {
  const names = new Names();
  const vectors = [names.pack(seen), names.pack(horizon)];
  return [...vectors, names.list, floor, decidedToWire(decided), claim];
}

function endFromWire(wire: unknown): End | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [seen, horizon, names, floor, list, claim] = wire as readonly unknown[];
  if (!isNames(names) || !isStamp(floor) || !isCount(claim)) return undefined;
  if (!isVector(seen, names.length) || !isVector(horizon, names.length)) return undefined;
  const decided = decidedFromWire(list);
  if (decided === undefined) return undefined;
  const vectors = { seen: unpack(names, seen), horizon: unpack(names, horizon) };
  return { ...vectors, floor, decided, claim };
}

function commitFromWire(fields: readonly unknown[]): CommitMessage | undefined {
  const [, table, number, attempt, settled, time, names, readCells, count, writeCells] = fields;
  const foreseenCells = fields[10];
  if (!isName(table) || !isCount(number) || !isCount(attempt)) return undefined;
  if (!isCount(settled) || !isStamp(time)) return undefined;
  if (!isNames(names) || !(isCount(count) || count === -1)) return undefined;
  const isRead = (cells: readonly unknown[], at: number): boolean =>
    isKey(cells[at]) &&
    isStamp(cells[at + 1]) &&
    (cells[at + 1] === 0 || isBelow(cells[at + 2], names.length));
  if (!isTable(readCells, 3, isRead) || !isTable(writeCells, 2, isWrite)) return undefined;
  if (!isTable(foreseenCells, 3, isForeseen)) return undefined;

  const reads: Read[] = [];
  for (let at = 0; at < readCells.length; at += 3) {
    const readAt = readCells[at + 1] as number;
    const writer = readAt === 0 ? '' : (names[readCells[at + 2] as number] as string);
    reads.push({ key: readCells[at] as Key, time: readAt, writer });
  }
  const foreseen: Foreseen[] = [];
  for (let at = 0; at < foreseenCells.length; at += 3)
    foreseen.push({
      key: foreseenCells[at] as Key,
      number: foreseenCells[at + 1] as number,
      attempt: foreseenCells[at + 2] as number,
    });
  const writes: Write[] = [];
  for (let at = 0; at < writeCells.length; at += 2)
    writes.push({
      key: writeCells[at] as Key,
      row: (writeCells[at + 1] ?? undefined) as Row | undefined,
    });
  return { kind: 'commit', table, number, attempt, settled, time, reads, foreseen, count, writes };
}

function isSummaryRow(cells: readonly unknown[], at: number): boolean {
  return isName(cells[at]) && isCount(cells[at + 1]) && isCount(cells[at + 2]);
}

function isWrite(cells: readonly unknown[], at: number): boolean {
  return isKey(cells[at]) && (cells[at + 1] === null || isPlainRow(cells[at + 1]));
}

function isForeseen(cells: readonly unknown[], at: number): boolean {
  return isKey(cells[at]) && isCount(cells[at + 1]) && isCount(cells[at + 2]);
}
