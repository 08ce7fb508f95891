import { BeethovenError } from './beethoven.error.js';

/** A signal is defined or sent in a way that has no meaning. It was not counted, and no score changed. */
export class InvalidSignalError extends BeethovenError {
  readonly code = 'BEETHOVEN_INVALID_SIGNAL';

  constructor(
    /** Its name. */
    readonly signal: string,
    readonly fault: string,
    /** The class or method that carries it, where there is one. */
    readonly where?: string | undefined,
  ) {
    super(
      `The signal "${signal}"${where === undefined ? '' : ` of ${where}`} cannot be used: ${fault}`,
    );
  }
}
