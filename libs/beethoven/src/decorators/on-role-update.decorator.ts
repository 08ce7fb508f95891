import { SetMetadata } from '@nestjs/common';
import type { RoleEvent } from '../role-mgmt/role-event.js';

export const ON_ROLE_UPDATE_METADATA = Symbol('beethoven:on-role-update');

type RoleUpdateHandler = (event: RoleEvent) => unknown;

/**
 * Calls the method of a singleton provider for each change of a role's slot anywhere in the cluster, this node included. A
 * handler that throws or rejects is logged and disturbs nobody.
 *
 * @example
 * ```ts
 * @OnRoleUpdate()
 * log({ type, role, node }: RoleEvent) {}
 * ```
 */
export function OnRoleUpdate(): <Handler extends RoleUpdateHandler>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void {
  return SetMetadata(ON_ROLE_UPDATE_METADATA, true);
}
