import { BeethovenError } from './beethoven.error.js';

/** This node stopped while a transaction was under way, or before it began. What was under way may or may not have been written. */
export class TablesStoppedError extends BeethovenError {
  readonly code = 'BEETHOVEN_TABLES_STOPPED';

  constructor(readonly table: string) {
    super(
      `The transaction on table "${table}" has no known end: this node stopped. Read the table on another node before you repeat it.`,
    );
  }
}
