import { BeethovenError } from './beethoven.error.js';

/** A DistrServer does not run where it was called, or was stopped before the call's turn came. The call was not carried out. */
export class ServerNotRunningError extends BeethovenError {
  readonly code = 'BEETHOVEN_SERVER_NOT_RUNNING';

  constructor(
    readonly server: string,
    /** A node, or `'any node'`. */
    readonly where: string,
  ) {
    super(
      `The DistrServer ${server} does not run on ${where}. Provide its class in a module there, wait until the node is ready, or call it wherever it runs.`,
    );
  }
}
