import { BeethovenError } from './beethoven.error.js';

/** `scan()` was asked for something that is no IPv4 network. Nothing was dialled. */
export class InvalidRangeError extends BeethovenError {
  readonly code = 'BEETHOVEN_INVALID_RANGE';

  constructor(readonly range: string) {
    super(
      `"${range}" is no IPv4 network that can be scanned. Write it as network/prefix, with a prefix from 8 to 32: "10.0.4.0/24".`,
    );
  }
}
