import { BeethovenError } from './beethoven.error.js';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** What of a damaged file can be read, and what cannot. */
export interface Damage {
  /** Where the damage begins (bytes from the start of the file). */
  readonly at: number;
  /** How much cannot be read (bytes). */
  readonly unreadable: number;
  /** Every row of the table as it was when what can be read before the damage was written. */
  readonly before: Rows;
  /** The rows that were written after what cannot be read, each as it was last. */
  readonly after: Rows;
}

/** The file of a table is damaged, or is none of ours. It was not touched, and the table is not open. */
export class DamagedTableError extends BeethovenError {
  readonly code = 'BEETHOVEN_DAMAGED_TABLE';

  constructor(
    readonly table: string,
    readonly path: string,
    readonly damage: Damage,
  ) {
    const { at, unreadable, before, after } = damage;
    super(
      `Table "${table}": ${unreadable} bytes of "${path}", from byte ${at} on, cannot be read. Safe are the ${before.length} rows that the table had before what is lost there was written (\`damage.before\`), and ${after.length} rows written later (\`damage.after\`). Move the file away and start again: the table comes back from the other nodes; where there are none, from a backup, or put those rows.`,
    );
  }
}
