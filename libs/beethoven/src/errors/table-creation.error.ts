import { BeethovenError } from './beethoven.error.js';

/** The creation action of a table threw on this node. The rows that it had written are there; another node may try, this one does not again. */
export class TableCreationError extends BeethovenError {
  readonly code = 'BEETHOVEN_TABLE_CREATION';

  constructor(
    readonly table: string,
    cause: unknown,
  ) {
    super(
      `The creation action of table "${table}" failed: ${cause instanceof Error ? cause.message : String(cause)}. Mend it, and restart the node.`,
      { cause },
    );
  }
}
