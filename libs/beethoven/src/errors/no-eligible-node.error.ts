import { BeethovenError } from './beethoven.error.js';

/** `allocate()` found no node to name. Nothing changed. */
export class NoEligibleNodeError extends BeethovenError {
  readonly code = 'BEETHOVEN_NO_ELIGIBLE_NODE';

  constructor(
    /** How many live nodes there were to choose from. */
    readonly candidates: number,
  ) {
    super(
      candidates === 0
        ? 'No node can be allocated before this one has started or after it has left. Await untilReady() first.'
        : `None of the ${candidates} live nodes is eligible. Widen the \`eligible\` filter, or start a node that passes it.`,
    );
  }
}
