import * as v from 'valibot';
import { DamagedTableError } from '../errors/damaged-table.error.js';
import { TableSchemaError } from '../errors/table-schema.error.js';
import { decode, encode } from '../network/codec.js';
import {
  KeptRows,
  recordFromWire,
  recordToWire,
  type KeptCopy,
  type KeptRecord,
} from '../protocol/tables/kept-record.js';
import { CELLS_PER_ROW } from '../protocol/tables/row-cells.js';
import type { Row } from '../protocol/tables/row.js';
import { weighRow } from '../protocol/tables/weight.js';
import { frame, readFrames } from './frames.js';

/** What the rows of a file are rows of. Other columns do not make them others. */
export interface TableIdentity {
  readonly name: string;
  readonly key: string;
  readonly type: string;
}

/** What a file holds. */
export interface TableFile {
  readonly copy: KeptCopy;
  /** Where the next frame goes; 0 where there is no file yet. */
  readonly length: number;
  /** Behind that there are so many bytes of a frame that was not written to its end: nobody was told that it was kept. */
  readonly cut: number;
  /** What the rows alone take (bytes, about). */
  readonly live: number;
}

/** A file that was cut off within its first frame is no longer than this. */
const MAX_HEADER = 4_096;

const FORMAT = 1;
const header = v.tuple([v.literal(FORMAT), v.string(), v.string(), v.string()]);

/** The first frame: says whose rows follow. */
export function headerFrame({ name, key, type }: TableIdentity): Uint8Array {
  return frame(encode([FORMAT, name, key, type]));
}

export function recordFrame(record: KeptRecord): Uint8Array {
  return frame(encode(recordToWire(record)));
}

/**
 * @throws DamagedTableError for a file with a gap, or of something else
 * @throws TableSchemaError for rows that are not found by the same key, or not in the same way
 */
export function readTableFile(
  bytes: Uint8Array | undefined,
  path: string,
  table: TableIdentity,
): TableFile {
  const { bodies, end, behind, unreadable } = readFrames(bytes ?? new Uint8Array());
  const [first, ...records] = bodies;
  const rows = new KeptRows();
  const isOurs = first === undefined ? unreadable <= MAX_HEADER : checkHeader(first, table);
  const isWhole = records.every((body) => add(rows, body));
  if (!isOurs || !isWhole || behind.length > 0) {
    const later = new KeptRows();
    for (const body of behind) add(later, body);
    const damage = { at: end, unreadable, before: rows.rows(), after: later.rows() };
    throw new DamagedTableError(table.name, path, damage);
  }
  const copy = rows.copy();
  const { cells } = copy.rows;
  let live = 0;
  for (let at = 1; at < cells.length; at += CELLS_PER_ROW)
    live += weighRow((cells as readonly (Row | undefined)[])[at]);
  return { copy, length: end, cut: unreadable, live };
}

function add(rows: KeptRows, body: Uint8Array): boolean {
  const record = recordFromWire(decode(body));
  if (record !== undefined) rows.add(record);
  return record !== undefined;
}

/** @returns whether it is a header at all */
function checkHeader(body: Uint8Array, { name, key, type }: TableIdentity): boolean {
  const result = v.safeParse(header, decode(body));
  if (!result.success) return false;
  const [, , keptKey, keptType] = result.output;
  if (result.output[1] === name && keptKey === key && keptType === type) return true;
  throw new TableSchemaError(
    name,
    `its file has the table "${result.output[1]}" of the type '${keptType}' with the key "${keptKey}"`,
    'Give a table with another key or type another name, or delete the file.',
  );
}
