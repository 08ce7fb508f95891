import { Names } from './names.js';
import type { Entry } from './origin.js';
import type { ReplicaId } from './row.js';
import { isBelow, isKey, isNames, isPlainRow, isStamp, isTable } from './shapes.js';

/** Cells of one row: key, row or `null` for a tombstone, time, writer, origin, place in the origin's log. */
export const CELLS_PER_ROW = 6;

/** Rows as they travel: one flat list, and the names of replicas once for all rows. */
export interface RowCells {
  readonly names: readonly ReplicaId[];
  readonly cells: readonly unknown[];
}

/** Adds rows to a list of cells. */
export function addRow(cells: unknown[], names: Names, entry: Readonly<Entry>): void {
  const { key, row, time, writer, origin, seq } = entry;
  cells.push(key, row ?? null, time, names.placeOf(writer), names.placeOf(origin.id), seq);
}

export function rowCells(entries: Iterable<Readonly<Entry>>, names = new Names()): RowCells {
  const cells: unknown[] = [];
  for (const entry of entries) addRow(cells, names, entry);
  return { names: names.list, cells };
}

/** Whether a peer's rows have the right shape, as far as it is the same for every table. */
export function areRowCells(names: unknown, cells: unknown): boolean {
  if (!isNames(names)) return false;
  const count = names.length;
  return isTable(
    cells,
    CELLS_PER_ROW,
    (list, at) =>
      isKey(list[at]) &&
      (list[at + 1] === null || isPlainRow(list[at + 1])) &&
      isStamp(list[at + 2]) &&
      isBelow(list[at + 3], count) &&
      isBelow(list[at + 4], count) &&
      isStamp(list[at + 5]) &&
      list[at + 5] !== 0,
  );
}
