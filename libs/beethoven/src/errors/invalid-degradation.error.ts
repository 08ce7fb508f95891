import { BeethovenError } from './beethoven.error.js';

/** A simulated network was asked for weather that cannot be. It stays as it was. */
export class InvalidDegradationError extends BeethovenError {
  readonly code = 'BEETHOVEN_INVALID_DEGRADATION';

  constructor(
    readonly condition: string,
    readonly value: unknown,
    wanted: string,
  ) {
    super(`${condition} must be ${wanted}, not ${JSON.stringify(value)}.`);
  }
}
