import { BeethovenError } from './beethoven.error.js';

/** This node has as many different signals as it may have. The new one was not sent; the others go on. */
export class TooManySignalsError extends BeethovenError {
  readonly code = 'BEETHOVEN_TOO_MANY_SIGNALS';

  constructor(
    readonly signal: string,
    readonly limit: number,
  ) {
    super(
      `The signal "${signal}" would be number ${limit + 1} of this node, and ${limit} is the limit. ` +
        'Give signals fixed names: not one for each user, request or job.',
    );
  }
}
