import type { Millis } from '../protocol/terms.js';
import { BeethovenError } from './beethoven.error.js';

/** A table did not come to exist in time. It may later. */
export class TableTimeoutError extends BeethovenError {
  readonly code = 'BEETHOVEN_TABLE_TIMEOUT';

  constructor(
    readonly table: string,
    readonly timeout: Millis,
  ) {
    super(
      `Table "${table}" does not exist after ${timeout} ms: this node has not found its cluster yet, has no quorum, or the creation action of the table takes longer. Wait until the node is ready, or longer.`,
    );
  }
}
