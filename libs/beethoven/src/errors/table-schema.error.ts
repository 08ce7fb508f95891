import { BeethovenError } from './beethoven.error.js';

/** A table, a row or a key is not what the table's definition says. Nothing was written. */
export class TableSchemaError extends BeethovenError {
  readonly code = 'BEETHOVEN_TABLE_SCHEMA';

  constructor(
    readonly table: string,
    /** What is wrong, and with which column and value. */
    readonly fault: string,
    readonly cure: string,
  ) {
    super(`Table "${table}": ${fault}. ${cure}`);
  }
}
