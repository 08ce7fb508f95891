import { BeethovenError } from './beethoven.error.js';

/** Bytes from the network that no node of ours sends. Nothing of them was used. */
export class MalformedFrameError extends BeethovenError {
  readonly code = 'BEETHOVEN_MALFORMED_FRAME';

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `Malformed frame: ${reason}. Something other than a node of this cluster sent it.`,
      options,
    );
  }
}
