import type { NodeId } from '../terms.js';
import type { MemberState } from './member-state.js';

/**
 * A number (32 bits) that stands for one belief. Those of a whole view are combined by exclusive or, so that a change
 * costs the same in a cluster of any size.
 *
 * Source: Fowler, Noll, Vo, FNV-1a (RFC 9923), with the finaliser of MurmurHash3, without which beliefs that differ in one digit
 * cancel each other out.
 */
export function digestOf({ card, status, phase }: Omit<MemberState, 'lastChange'>): number {
  return hash(`${card.id} ${card.incarnation} ${status} ${phase}`);
}

/** A view is compared in so many parts: what is sent to mend a difference is in proportion to it, and not to the view. */
export const PARTS = 64;

export const ALL_PARTS: readonly number[] = Array.from({ length: PARTS }, (_, part) => part);

/** In which part of a view the member is: the same on every node. */
export function partOf(id: NodeId): number {
  return hash(id) % PARTS;
}

function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  }
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
