import { BeethovenError } from './beethoven.error.js';

/** A simulated cluster did not come to be what was waited for. The time has passed nevertheless. */
export class NotReachedError extends BeethovenError {
  readonly code = 'BEETHOVEN_NOT_REACHED';

  /** `report`: what each node saw at the end. */
  constructor(
    readonly limit: number,
    readonly seed: number,
    wanted: string,
    readonly report: unknown,
  ) {
    super(
      `${wanted} in ${limit} virtual ms (seed ${seed}). This error's report says what each node saw.`,
    );
  }
}
