import { BeethovenError } from './beethoven.error.js';

/** So many transactions are under way on this node that no more are begun. This one was not run, and nothing was written. */
export class TooManyTransactionsError extends BeethovenError {
  readonly code = 'BEETHOVEN_TOO_MANY_TRANSACTIONS';

  constructor(
    readonly table: string,
    readonly limit: number,
  ) {
    super(
      `A transaction on table "${table}" was not begun: ${limit} are under way on this node. Wait for some before you begin more.`,
    );
  }
}
