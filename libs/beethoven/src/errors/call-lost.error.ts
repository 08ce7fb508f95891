import type { NodeId } from '../protocol/terms.js';
import { BeethovenError } from './beethoven.error.js';

/** There is no link to the node that was called, or it was lost before the answer: then the call may have been carried out. */
export class CallLostError extends BeethovenError {
  readonly code = 'BEETHOVEN_CALL_LOST';

  constructor(
    readonly node: NodeId,
    readonly target: string,
    /** Whether the call was sent: if not, it was not carried out. */
    readonly sent: boolean,
  ) {
    super(
      sent
        ? `The link to ${node} was lost before ${target} answered: it may have run. Look whether it was done before you repeat it.`
        : `${target} could not be called on ${node}: no link to it, or its queue is full. Nothing was done; try again.`,
    );
  }
}
