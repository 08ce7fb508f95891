import type { ClusterNode, MembershipEvent, RoleContext, RoleStopReason } from 'nestjs-beethoven';
import type { Clerk } from './clerk.js';

/** One activation of a role, told by its own code. */
export interface Activation {
  /** Its signal has fired. */
  aborted(): void;
  /** Its `onRoleStop` is done. */
  ended(reason: RoleStopReason): void;
}

/** Whom the shop tells what happens to it: the laws are checked against this, and not against what the framework says of itself. */
export interface Witness {
  /** The application of a node is up, and listens. */
  opened(clerk: Clerk): void;
  started(self: ClusterNode, context: RoleContext): Activation;
  /** Whether this start of the role is to fail. */
  sabotages(self: ClusterNode, role: string): boolean;
  /** Virtual time for code of this node; never over where the node crashes meanwhile. */
  sleep(self: ClusterNode, ms: number): Promise<void>;
  noticed(self: ClusterNode, event: MembershipEvent): void;
}

export const WITNESS = Symbol('witness');
