import { Names } from './names.js';
import type { Entry } from './entry.js';
import type { ReplicaId } from './row.js';

/** Cells of one row: key, row or `null` for a tombstone, time, writer, origin, place in the origin's log. */
export const CELLS_PER_ROW = 6;

/** Rows in a message: one flat list, and the names of replicas once for all rows. */
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
