import type { Millis, NodeId } from '../terms.js';

/** A place for one instance of a role in the cluster: a row of the table `beethoven.slots`. */
export interface Slot {
  /** `role/index`. */
  readonly id: string;
  readonly role: string;
  /** 0 up to the wanted instances − 1; higher ones are left over from a time when more were wanted. */
  readonly index: number;
  /** Who holds it; `null` once it was given up. A holder that is not live holds nothing. */
  readonly holder: NodeId | null;
  /** When the holder's process started: a new process under the same id does not hold what the old one held. 0 without a holder. */
  readonly life: Millis;
  /** Grows with each holder: the fencing token. */
  readonly epoch: number;
  readonly state: 'starting' | 'running';
}

/** The most instances of one role, so that no peer can make the planner count for ever. */
export const MAX_INSTANCES = 10_000;

/** Out of reach for an honest cluster, and far enough from the end of the safe integers to count on. */
const MAX_EPOCH = 2 ** 48;

export function slotId(role: string, index: number): string {
  return `${role}/${index}`;
}

/** Whether a row, which a peer may have sent, is a slot. */
export function isSlot(row: unknown): row is Slot {
  if (typeof row !== 'object' || row === null) return false;
  const { id, role, index, holder, life, epoch, state } = row as Record<keyof Slot, unknown>;
  return (
    typeof role === 'string' &&
    isWhole(index, MAX_INSTANCES - 1) &&
    id === slotId(role, index) &&
    (holder === null || typeof holder === 'string') &&
    Number.isFinite(life) &&
    isWhole(epoch, MAX_EPOCH) &&
    (state === 'starting' || state === 'running')
  );
}

/** Of two versions of a slot the higher epoch is the truth, whatever the clocks say; what is no slot loses to every slot. */
export function slotRank(row: unknown): number {
  return isSlot(row) ? row.epoch : -1;
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}
