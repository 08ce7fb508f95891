import type { Millis } from '../protocol/terms.js';
import { BeethovenError } from './beethoven.error.js';

/** The node was not ready in time, and goes on starting: ask again, or wait longer. Or it has left, and will not be ready any more. */
export class NotReadyError extends BeethovenError {
  readonly code = 'BEETHOVEN_NOT_READY';

  constructor(
    readonly timeout: Millis,
    readonly missing: string,
    hasLeft = false,
  ) {
    super(
      hasLeft
        ? `The node will not be ready any more: ${missing}. Start its process again.`
        : `The node was not ready within ${timeout} ms: ${missing}. Wait longer with untilReady(ms), or look at the Locator's log.`,
    );
  }
}
