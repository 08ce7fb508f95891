import type { Millis } from '../protocol/terms.js';
import { BeethovenError } from './beethoven.error.js';

/** The node was not ready in time. It goes on starting: ask again, or wait longer. */
export class NotReadyError extends BeethovenError {
  readonly code = 'BEETHOVEN_NOT_READY';

  constructor(
    readonly timeout: Millis,
    readonly missing: string,
  ) {
    super(
      `The node was not ready within ${timeout} ms: ${missing}. Wait longer with untilReady(ms), or look at the Locator's log.`,
    );
  }
}
