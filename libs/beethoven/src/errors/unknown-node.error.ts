import { BeethovenError } from './beethoven.error.js';

/** A simulated cluster was asked for a node that it never had. Nothing was done. */
export class UnknownNodeError extends BeethovenError {
  readonly code = 'BEETHOVEN_UNKNOWN_NODE';

  constructor(
    readonly node: string | undefined,
    known: readonly string[],
  ) {
    super(
      `No simulated node is called ${node ?? 'undefined'}; there are ${known.join(', ') || 'none'}. A name or an id will do.`,
    );
  }
}
