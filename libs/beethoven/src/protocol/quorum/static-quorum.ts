import type { QuorumRule } from './quorum-rule.js';

/**
 * A fixed number of voters, whoever they are. Two sets of them must share one, so fewer than twice as many processes may live at a time.
 * Where more are in sight, more than half of those are asked for: better than nothing, and no more than that.
 */
export class StaticQuorum implements QuorumRule {
  readonly tag = '';

  /** @param members How many members are live, this node included. */
  constructor(
    private readonly quorumSize: number,
    private readonly members: () => number,
  ) {}

  /** How many make a quorum now. */
  get size(): number {
    return Math.max(this.quorumSize, Math.floor(this.members() / 2) + 1);
  }

  /** Whether there are so many members that the network could be cut into two quorums. */
  get isOutgrown(): boolean {
    return this.members() >= 2 * this.quorumSize;
  }

  isQuorum(voters: { readonly size: number }): boolean {
    return voters.size >= this.size;
  }
}
