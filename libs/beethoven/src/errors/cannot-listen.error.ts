import { BeethovenError } from './beethoven.error.js';

/** The Beacon can listen on no port of its address, so no node could reach this one. Nothing was bound. */
export class CannotListenError extends BeethovenError {
  readonly code = 'BEETHOVEN_CANNOT_LISTEN';

  constructor(
    readonly address: string,
    /** The addresses that this machine has. */
    readonly machine: readonly string[],
    options?: ErrorOptions,
  ) {
    super(
      `Cannot listen on any port of ${address}. This machine has ${machine.join(', ')}: ` +
        'set `listenerAddress` to one of them, or `clusterNet` to a network that holds one.',
      options,
    );
  }
}
