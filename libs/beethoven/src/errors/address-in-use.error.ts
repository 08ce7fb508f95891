import { BeethovenError } from './beethoven.error.js';

/** Another process listens there already. Nothing was bound. */
export class AddressInUseError extends BeethovenError {
  readonly code = 'BEETHOVEN_ADDRESS_IN_USE';

  constructor(
    readonly address: string,
    readonly port: number,
    options?: ErrorOptions,
  ) {
    super(
      `${address}:${port} is taken: another process listens there. Stop it, or give this node another \`listenerAddress\` or \`listenerPort\`.`,
      options,
    );
  }
}
