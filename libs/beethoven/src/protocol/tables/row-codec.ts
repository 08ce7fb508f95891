import { CELLS_PER_ROW, type RowCells } from './row-cells.js';
import type { Draft } from './row-shape.js';
import type { Key, ReplicaId, Row } from './row.js';
import { isBelow, isKey, isNames, isStamp } from './shapes.js';

/** More rows than this in one message are refused: an empty one is a few bytes on the way and a hundred in memory. */
export const MAX_ROWS = 262_144;
/** The most columns of a row. */
const MAX_COLUMNS = 1_000;
/** Of each row, before its values: its shape or {@link TOMBSTONE}, writer, origin, and how much later than the row before it is in time and log. */
const HEAD = 5;
const TOMBSTONE = 0;
/** The key is none of the columns, and stands before them. */
const APART = -1;

/** How rows of these columns are made, if by a function of their own. */
export type MakerOf = (
  columns: readonly string[],
) => ((values: readonly unknown[], at: number) => Draft) | undefined;

/** Place of the key among the columns, and the columns. */
type WireShape = [keyAt: number, ...columns: string[]];

/**
 * Rows as they travel: the columns once for all rows that have them in this order, then one list of numbers and values. A row of four columns takes
 * 9 bytes besides its values, where its names and stamps would take 60.
 */
export function packRows({ cells }: RowCells): unknown[] {
  const packer = new Packer();
  for (let at = 0; at < cells.length; at += CELLS_PER_ROW) packer.add(cells, at);
  return [packer.shapes, packer.values];
}

class Packer {
  readonly shapes: WireShape[] = [];
  readonly values: unknown[] = [];
  readonly #places = new Map<string, number>();
  #last = -1;
  #time = 0;
  #seq = 0;

  add(cells: readonly unknown[], at: number): void {
    const key = cells[at] as Key;
    const row = cells[at + 1] as Row | null;
    const time = cells[at + 2] as number;
    const seq = cells[at + 5] as number;
    const { values } = this;
    const head = values.length;
    values.push(TOMBSTONE, cells[at + 3], cells[at + 4], time - this.#time, seq - this.#seq);
    this.#time = time;
    this.#seq = seq;
    if (row === null) values.push(key);
    else {
      if (!this.#addAs(this.#last, key, row)) {
        this.#last = this.#placeOf(key, row);
        this.#addAs(this.#last, key, row);
      }
      values[head] = this.#last + 1;
    }
  }

  /** @returns false, and nothing added, where the row has another shape */
  #addAs(place: number, key: Key, row: Row): boolean {
    const shape = this.shapes[place];
    if (shape === undefined) return false;
    const { values } = this;
    const start = values.length;
    const keyAt = shape[0];
    if (keyAt === APART) values.push(key);
    let at = 1;
    for (const column in row) {
      const value = row[column];
      if (column !== shape[at] || (at === keyAt + 1 && value !== key)) {
        values.length = start;
        return false;
      }
      values.push(value);
      at++;
    }
    if (at === shape.length) return true;
    values.length = start;
    return false;
  }

  #placeOf(key: Key, row: Row): number {
    const columns = Object.keys(row);
    const keyAt = columns.findIndex((column) => row[column] === key);
    const name = JSON.stringify([keyAt, columns]);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.shapes.push([keyAt, ...columns]) - 1;
    this.#places.set(name, place);
    return place;
  }
}

/** Checks all that is the same for every table. `undefined` where any part is not what it should be. */
export function unpackRows(
  names: unknown,
  packed: unknown,
  makerOf: MakerOf = () => undefined,
): RowCells | undefined {
  if (!isNames(names) || !Array.isArray(packed)) return undefined;
  const [list, values] = packed as readonly unknown[];
  if (!Array.isArray(list) || !list.every(isWireShape) || !Array.isArray(values)) return undefined;
  const cells = cellsOf(
    names,
    list.map((shape) => readable(shape, makerOf)),
    values,
  );
  return cells && { names, cells };
}

interface ReadableShape {
  readonly keyAt: number;
  readonly width: number;
  readonly make: (values: readonly unknown[], at: number) => Draft;
}

function readable([keyAt, ...columns]: WireShape, makerOf: MakerOf): ReadableShape {
  const make = makerOf(columns) ?? ((values, at) => makeByLoop(columns, values, at));
  return { keyAt, width: columns.length, make };
}

function makeByLoop(columns: readonly string[], values: readonly unknown[], at: number): Draft {
  const row: Draft = {};
  for (const column of columns) row[column] = values[at++];
  return row;
}

function cellsOf(
  names: readonly ReplicaId[],
  shapes: readonly ReadableShape[],
  values: readonly unknown[],
): unknown[] | undefined {
  const cells: unknown[] = [];
  const replicas = names.length;
  let time = 0;
  let seq = 0;
  for (let at = 0; at < values.length;) {
    const kind = values[at];
    const writer = values[at + 1];
    const origin = values[at + 2];
    const later = values[at + 3];
    const further = values[at + 4];
    if (typeof later !== 'number' || typeof further !== 'number') return undefined;
    time += later;
    seq += further;
    if (!isBelow(kind, shapes.length + 1) || !isBelow(writer, replicas)) return undefined;
    if (!isBelow(origin, replicas) || !isStamp(time) || !isStamp(seq) || seq === 0)
      return undefined;
    at += HEAD;
    let key: unknown;
    let row: Draft | null = null;
    if (kind === TOMBSTONE) key = values[at++];
    else {
      const { keyAt, width, make } = shapes[kind - 1] as ReadableShape;
      if (keyAt === APART) key = values[at++];
      else key = values[at + keyAt];
      if (at + width > values.length) return undefined;
      row = make(values, at);
      at += width;
    }
    if (!isKey(key) || cells.length === MAX_ROWS * CELLS_PER_ROW) return undefined;
    cells.push(key, row, time, writer, origin, seq);
  }
  return cells;
}

function isWireShape(value: unknown): value is WireShape {
  if (!Array.isArray(value)) return false;
  const [keyAt, ...columns] = value as readonly unknown[];
  if (columns.length > MAX_COLUMNS || new Set(columns).size < columns.length) return false;
  if (keyAt !== APART && !isBelow(keyAt, columns.length)) return false;
  return columns.every((column) => typeof column === 'string' && column !== '__proto__');
}
