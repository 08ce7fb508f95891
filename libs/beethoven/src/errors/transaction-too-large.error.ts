import { BeethovenError } from './beethoven.error.js';

/** A transaction reads or writes more than one may. Nothing was written. */
export class TransactionTooLargeError extends BeethovenError {
  readonly code = 'BEETHOVEN_TRANSACTION_TOO_LARGE';

  constructor(readonly table: string) {
    super(
      `The transaction on table "${table}" is too large: it may write 10,000 rows of 1 MiB together, and read 50,000. Split it, or use put().`,
    );
  }
}
