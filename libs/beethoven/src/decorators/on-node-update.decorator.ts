import { SetMetadata } from '@nestjs/common';
import type { MembershipEvent } from '../core-server/cluster-node.js';

export const ON_NODE_UPDATE_METADATA = Symbol('beethoven:on-node-update');

type NodeUpdateHandler = (event: MembershipEvent) => unknown;

/**
 * Calls the method of a singleton provider when another node joins, changes, is suspected, recovers, leaves or goes down;
 * never about this node itself. A handler that throws or rejects is logged and disturbs nobody.
 *
 * @example
 * ```ts
 * @OnNodeUpdate()
 * log({ type, node }: MembershipEvent) {}
 * ```
 */
export function OnNodeUpdate(): <Handler extends NodeUpdateHandler>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void {
  return SetMetadata(ON_NODE_UPDATE_METADATA, true);
}
