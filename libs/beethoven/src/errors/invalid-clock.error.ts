import { BeethovenError } from './beethoven.error.js';

/** A simulated machine was given a clock that cannot be. It keeps the one that it has. */
export class InvalidClockError extends BeethovenError {
  readonly code = 'BEETHOVEN_INVALID_CLOCK';

  constructor(
    readonly property: 'offset' | 'drift',
    readonly value: unknown,
    wanted: string,
  ) {
    super(`${property} must be ${wanted}, not ${String(value)}.`);
  }
}
