import { BeethovenError } from './beethoven.error.js';

/** Another live node of the cluster has this node's id. Nothing was joined; the other node goes on undisturbed. */
export class DuplicateNodeIdError extends BeethovenError {
  readonly code = 'BEETHOVEN_DUPLICATE_NODE_ID';

  /** @param refusedBy `address:port` of the member that turned this node away. */
  constructor(
    readonly id: string,
    readonly refusedBy: string,
    options?: ErrorOptions,
  ) {
    super(
      `The node id "${id}" belongs to a live member already, says ${refusedBy}. Give this node another \`nodeName\` or \`listenerPort\`, or stop the other one, and start again.`,
      options,
    );
  }
}
