import { BeethovenError } from './beethoven.error.js';

/** A transaction was written to after its work had ended. That write was not made; the transaction is as it was. */
export class TransactionOverError extends BeethovenError {
  readonly code = 'BEETHOVEN_TRANSACTION_OVER';

  constructor(readonly table: string) {
    super(
      `A transaction on table "${table}" was written to after its work had ended. Await everything inside the work, and keep \`tx\` there.`,
    );
  }
}
