import { BeethovenError } from './beethoven.error.js';

/** `hosts()` would be a list of millions. No list was made. */
export class RangeTooLargeError extends BeethovenError {
  readonly code = 'BEETHOVEN_RANGE_TOO_LARGE';

  constructor(
    readonly range: string,
    readonly size: number,
    readonly limit: number,
  ) {
    super(
      `${range} has ${size.toLocaleString('en')} hosts, and a list holds ${limit.toLocaleString('en')} at most. ` +
        'Visit them with scan(), or make `clusterNetMask` longer.',
    );
  }
}
