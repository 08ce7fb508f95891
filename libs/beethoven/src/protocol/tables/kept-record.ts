import { Names, unpack } from './names.js';
import { CELLS_PER_ROW, addRow, type RowCells } from './row-cells.js';
import { packRows, unpackRows } from './row-codec.js';
import type { Key, ReplicaId, Vector } from './row.js';
import { isBelow, isKey, isNames, isStamp, isTable } from './shapes.js';
import type { TableReplica } from './table-replica.js';

/** What has changed in a copy since the record before: together they are the copy as it was at one moment, transactions whole. */
export interface KeptRecord {
  /** The newest versions, tombstones included. */
  readonly rows: RowCells;
  /** Collected tombstones, and rows that a peer knew to be deleted. */
  readonly gone: readonly Key[];
  /** What the copy has seen, and can no longer tell others, of those replicas of which that has changed. */
  readonly seen: Vector;
  readonly horizon: Vector;
  readonly floor: number;
}

/** A whole copy, as it comes back from what was kept. */
export type KeptCopy = Omit<KeptRecord, 'gone'>;

/** Makes the records of one copy for one file. */
export class KeptRecords {
  #seen: Vector = new Map();
  #horizon: Vector = new Map();

  constructor(private readonly replica: TableReplica) {}

  /** The state of these rows, and of what goes with them, at this moment. */
  take(keys: Iterable<Key>): KeptRecord {
    const names = new Names();
    const cells: unknown[] = [];
    const gone: Key[] = [];
    for (const key of keys) {
      const entry = this.replica.stored(key);
      if (entry === undefined) gone.push(key);
      else addRow(cells, names, entry);
    }
    const seen = this.replica.seen();
    const horizon = this.replica.horizon();
    const record = {
      rows: { names: names.list, cells },
      gone,
      seen: news(seen, this.#seen),
      horizon: news(horizon, this.#horizon),
      floor: this.replica.floor,
    };
    this.#seen = seen;
    this.#horizon = horizon;
    return record;
  }

  /** The last record did not arrive. */
  forget(): void {
    this.#seen = new Map();
    this.#horizon = new Map();
  }
}

/** Puts the records of one file together, in their order. */
export class KeptRows {
  readonly #rows = new Map<Key, readonly unknown[]>();
  readonly #seen = new Map<ReplicaId, number>();
  readonly #horizon = new Map<ReplicaId, number>();
  #floor = 0;

  add({ rows: { names, cells }, gone, seen, horizon, floor }: KeptRecord): void {
    for (let at = 0; at < cells.length; at += CELLS_PER_ROW) {
      const [key, row, time, writer, origin, seq] = cells.slice(at, at + CELLS_PER_ROW);
      const [by, from] = [names[writer as number], names[origin as number]];
      this.#rows.set(key as Key, [key, row, time, by, from, seq]);
    }
    for (const key of gone) this.#rows.delete(key);
    for (const [id, seq] of seen) this.#seen.set(id, seq);
    for (const [id, seq] of horizon) this.#horizon.set(id, seq);
    this.#floor = Math.max(this.#floor, floor);
  }

  /** The rows, without tombstones. */
  rows(): Readonly<Record<string, unknown>>[] {
    const rows = Array.from(this.#rows.values(), (cells) => cells[1]);
    return rows.filter((row) => row !== null) as Readonly<Record<string, unknown>>[];
  }

  /** In the order of the logs in which the rows stand: that is how they are put there at little cost. */
  copy(): KeptCopy {
    const names = new Names();
    const cells: unknown[] = [];
    const sorted = [...this.#rows.values()].toSorted((one, other) =>
      one[4] === other[4]
        ? (one[5] as number) - (other[5] as number)
        : (one[4] as string) < (other[4] as string)
          ? -1
          : 1,
    );
    for (const [key, row, time, writer, origin, seq] of sorted)
      cells.push(
        key,
        row,
        time,
        names.placeOf(writer as string),
        names.placeOf(origin as string),
        seq,
      );
    const rows = { names: names.list, cells };
    return { rows, seen: this.#seen, horizon: this.#horizon, floor: this.#floor };
  }
}

export function recordToWire({ rows, gone, seen, horizon, floor }: KeptRecord): unknown[] {
  const names = new Names();
  const vectors = [names.pack(seen), names.pack(horizon)];
  return [rows.names, packRows(rows), gone, names.list, ...vectors, floor];
}

/** `undefined` for what is no record. */
export function recordFromWire(wire: unknown): KeptRecord | undefined {
  if (!Array.isArray(wire)) return undefined;
  const [rowNames, packed, gone, names, seen, horizon, floor] = wire as readonly unknown[];
  const rows = unpackRows(rowNames, packed);
  if (rows === undefined || !isTable(gone, 1, (list, at) => isKey(list[at]))) return undefined;
  if (!isNames(names) || !isStamp(floor)) return undefined;
  const isVector = (value: unknown): value is readonly number[] =>
    isTable(value, 2, (list, at) => isBelow(list[at], names.length) && isStamp(list[at + 1]));
  if (!isVector(seen) || !isVector(horizon)) return undefined;
  return {
    rows,
    gone: gone as readonly Key[],
    seen: unpack(names, seen),
    horizon: unpack(names, horizon),
    floor,
  };
}

/** What of a vector has changed. */
function news(vector: Vector, before: Vector): Vector {
  if (before.size === 0) return vector;
  return new Map([...vector].filter(([id, seq]) => before.get(id) !== seq));
}
