import { NoQuorumError } from '../errors/no-quorum.error.js';
import { TablesStoppedError } from '../errors/tables-stopped.error.js';
import { TooManyTransactionsError } from '../errors/too-many-transactions.error.js';
import { TransactionConflictError } from '../errors/transaction-conflict.error.js';
import { TransactionTimeoutError } from '../errors/transaction-timeout.error.js';
import { TransactionTooLargeError } from '../errors/transaction-too-large.error.js';
import {
  DEADLINE,
  MAX_CONFLICTS,
  MAX_RUNNING,
  type Settlement,
} from '../protocol/tables/transactions.js';

/** What the application is told of a transaction that failed. */
export function failure(table: string, { failed }: Extract<Settlement, { failed: string }>): Error {
  switch (failed) {
    case 'conflict':
      return new TransactionConflictError(table, MAX_CONFLICTS);
    case 'no-quorum':
      return new NoQuorumError(table);
    case 'timeout':
      return new TransactionTimeoutError(table, DEADLINE);
    case 'too-large':
      return new TransactionTooLargeError(table);
    case 'too-many':
      return new TooManyTransactionsError(table, MAX_RUNNING);
    case 'stopped':
      return new TablesStoppedError(table);
  }
}
