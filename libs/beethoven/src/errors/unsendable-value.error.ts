import { BeethovenError } from './beethoven.error.js';

/** A value that other nodes would not accept. Nothing was sent. */
export class UnsendableValueError extends BeethovenError {
  readonly code = 'BEETHOVEN_UNSENDABLE_VALUE';

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `This value cannot be sent: ${reason}. Send plain objects, arrays, strings, numbers, 64-bit bigints, booleans, null and bytes.`,
      options,
    );
  }
}
