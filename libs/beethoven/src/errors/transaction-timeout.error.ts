import { BeethovenError } from './beethoven.error.js';

/** Nobody decided a transaction in time, or its copies did not confirm it. It may or may not have been written. */
export class TransactionTimeoutError extends BeethovenError {
  readonly code = 'BEETHOVEN_TRANSACTION_TIMEOUT';

  constructor(
    readonly table: string,
    /** How long it was tried (ms). */
    readonly after: number,
  ) {
    super(
      `The transaction on table "${table}" was not confirmed within ${after} ms. Read the rows before you repeat it: it may have been written.`,
    );
  }
}
