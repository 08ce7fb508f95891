import type { Precedence } from './precedence.js';
import { CELLS_PER_ROW, type RowCells } from './row-cells.js';
import type { RowShape } from './row-shape.js';
import type { Key, ReplicaSchema, Row, Write } from './row.js';

/** What a copy takes from others. */
export class RowRules {
  constructor(
    private readonly schema: ReplicaSchema,
    private readonly precedence: Precedence,
  ) {}

  /** What others are told of what the rows are. */
  get definition(): string {
    return this.schema.told?.() ?? '';
  }

  /** Whether rows are to be exchanged with a copy of that definition. */
  goesWith(definition: string): boolean {
    return this.schema.goesWith?.(definition) ?? true;
  }

  /** How rows of these columns are made, if they are columns of this table. */
  makerOf(columns: readonly string[]): RowShape['make'] | undefined {
    return this.schema.shapeOf?.(columns)?.make;
  }

  /** Whether a write from elsewhere can be one of this table. */
  fits({ key, row }: Write): boolean {
    return this.#fit(key, row);
  }

  /** The same of all rows of a message. */
  fitAll({ cells }: RowCells): boolean {
    for (let at = 0; at < cells.length; at += CELLS_PER_ROW)
      if (!this.#fit(cells[at] as Key, (cells[at + 1] ?? undefined) as Row | undefined))
        return false;
    return true;
  }

  /** Cheap, so that it is asked of every row, wherever it comes from. */
  hasKey(key: Key, row: Row | undefined): boolean {
    if (row === undefined) return !this.precedence.hasRanks;
    return this.schema.identity !== undefined || row[this.schema.key] === key;
  }

  #fit(key: Key, row: Row | undefined): boolean {
    if (!this.hasKey(key, row)) return false;
    if (row === undefined) return true;
    const { identity, accepts } = this.schema;
    return accepts?.(row) !== false && (identity === undefined || identity(row) === key);
  }
}
