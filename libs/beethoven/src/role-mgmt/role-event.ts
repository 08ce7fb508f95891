import type { Slot } from '../protocol/roles/slot.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** A change of a role's slot, somewhere in the cluster. */
export interface RoleEvent {
  readonly type:
    /** `node` took the slot, or was given it. */
    | 'assigned'
    /** The instance on `node` has started. */
    | 'started'
    /** `node` gave the slot up, and nobody has it now. */
    | 'released';
  readonly role: string;
  readonly slot: number;
  readonly epoch: number;
  readonly node: NodeId;
  /** When this node learned of it (ms since the epoch). */
  readonly at: Millis;
}

/** What the step from one version of a slot to the next means; `undefined` when it means nothing to a user. */
export function roleEvent(before: Slot | undefined, now: Slot, at: Millis): RoleEvent | undefined {
  const { role, index: slot, epoch, holder } = now;
  if (holder === null) {
    const node = before?.holder;
    return node == null ? undefined : { type: 'released', role, slot, epoch, node, at };
  }
  if (holder !== before?.holder || epoch !== before.epoch) {
    return { type: 'assigned', role, slot, epoch, node: holder, at };
  }
  if (now.state === 'running' && before.state !== 'running') {
    return { type: 'started', role, slot, epoch, node: holder, at };
  }
  return undefined;
}
