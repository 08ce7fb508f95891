import { BeethovenError } from './beethoven.error.js';

/** The Beacon would listen beyond this machine, where whoever reaches the port can join. Nothing was bound. */
export class InsecureBindError extends BeethovenError {
  readonly code = 'BEETHOVEN_INSECURE_BIND';

  constructor(
    /** The address, or the network, that the options ask for. */
    readonly address: string,
    options?: ErrorOptions,
  ) {
    super(
      `Refusing to listen on ${address}: without \`secret\` and \`tls\`, links are neither authenticated nor encrypted, and whoever reaches the port can join. ` +
        'Set a `secret` that all nodes share (generateSecret() makes one), stay within 127.0.0.0/8, or set `insecure: true` on a network that you trust.',
      options,
    );
  }
}
