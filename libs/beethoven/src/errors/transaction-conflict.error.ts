import { BeethovenError } from './beethoven.error.js';

/** Other transactions and writes changed what this one had read, each time it was tried. Nothing was written. */
export class TransactionConflictError extends BeethovenError {
  readonly code = 'BEETHOVEN_TRANSACTION_CONFLICT';

  constructor(
    readonly table: string,
    readonly attempts: number,
  ) {
    super(
      `The transaction on table "${table}" met newer rows in each of ${attempts} attempts. Read fewer rows in it, make it shorter, or spread its rows over more keys.`,
    );
  }
}
