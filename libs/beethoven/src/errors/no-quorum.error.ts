import { BeethovenError } from './beethoven.error.js';

/**
 * This side of a partition has no quorum, and so decides nothing. Nothing was written; where the quorum was lost while the transaction was
 * being decided, it may have been.
 */
export class NoQuorumError extends BeethovenError {
  readonly code = 'BEETHOVEN_NO_QUORUM';

  constructor(readonly table: string) {
    super(
      `The transaction on table "${table}" was refused: this node sees too few others for the quorum that the option splitBrain asks for. Try again when the network is whole; reads, put() and delete() work meanwhile.`,
    );
  }
}
