import { BeethovenError } from './beethoven.error.js';

/**
 * A table cannot be written to the disc of this node. It goes on in memory, here and on the other nodes, and everything is written as soon
 * as that works again; until then it is lost with its last copy in memory.
 */
export class DiscWriteError extends BeethovenError {
  readonly code = 'BEETHOVEN_DISC_WRITE';

  constructor(
    readonly table: string,
    /** The file that could not be written. */
    readonly path: string,
    options: ErrorOptions,
  ) {
    const { cause } = options;
    super(
      `Table "${table}" is not kept: "${path}" cannot be written (${cause instanceof Error ? cause.message : String(cause)}). Make room, or make the directory writable; it is tried again every second.`,
      options,
    );
  }
}
