import { BeethovenError } from './beethoven.error.js';

/** A DistrServer cannot be run, or called, as it is declared. */
export class DistrServerDefinitionError extends BeethovenError {
  readonly code = 'BEETHOVEN_DISTR_SERVER_DEFINITION';

  constructor(
    readonly className: string,
    /** What is wrong, and what to do about it. */
    readonly fault: string,
  ) {
    super(`The DistrServer class ${className} cannot be used as it is declared: ${fault}.`);
  }
}
