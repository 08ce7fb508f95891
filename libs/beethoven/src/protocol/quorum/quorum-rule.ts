import type { NodeId } from '../terms.js';
import type { Process } from './messages.js';

/** Decides which voters are enough. No two sets that are enough may have no voter in common. */
export interface QuorumRule {
  /** Names the electorate: a voter that knows another one does not vote. Empty where there is none to know. */
  readonly tag: string;
  isQuorum(voters: ReadonlyMap<NodeId, Process>): boolean;
}
