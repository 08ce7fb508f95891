import type { Millis, NodeId } from '../protocol/terms.js';
import { BeethovenError } from './beethoven.error.js';

/** A call to a node was not answered in time. It may or may not have been carried out, and may still be. */
export class CallTimeoutError extends BeethovenError {
  readonly code = 'BEETHOVEN_CALL_TIMEOUT';

  constructor(
    readonly node: NodeId,
    /** What was called. */
    readonly target: string,
    readonly timeout: Millis,
  ) {
    super(
      `${target} on ${node} did not answer within ${timeout} ms, and may still run. Make it quicker, call it with a longer \`timeout\`, or look whether it was done before you repeat it.`,
    );
  }
}
