import type { NodeId } from '../terms.js';
import { STATUSES, type MemberState } from './member-state.js';

/**
 * A number (32 bits) that stands for one belief. Those of a whole view are combined by exclusive or, so that a change
 * costs the same in a cluster of any size.
 *
 * Source: Appleby, MurmurHash3 (x86, 32 bits), of the incarnation, the status and the phase, with the id's hash for a seed.
 */
export function digestOf(
  hash: number,
  { card: { incarnation }, status, phase }: Pick<MemberState, 'card' | 'status' | 'phase'>,
): number {
  let bits = mix(hash, incarnation);
  bits = mix(bits, incarnation / 0x1_0000_0000);
  bits = mix(bits, STATUSES.indexOf(status));
  return avalanche(mix(bits, phase) ^ 16);
}

/** A view is compared in so many parts: what is sent to mend a difference is in proportion to it, and not to the view. */
export const PARTS = 64;

export const ALL_PARTS: readonly number[] = Array.from({ length: PARTS }, (_, part) => part);

/** In which part of a view a member is, by the hash of its id: the same on every node. */
export function partOf(hash: number): number {
  return hash & (PARTS - 1);
}

/** Stands for a node id. Source: Fowler, Noll, Vo, FNV-1a (RFC 9923), with the finaliser of MurmurHash3. */
export function hashOf(id: NodeId): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) {
    bits = Math.imul(bits ^ id.charCodeAt(i), 0x01000193);
  }
  return avalanche(bits);
}

/** One round; of the word, the lower 32 bits of its whole part. */
function mix(bits: number, word: number): number {
  let block = Math.imul(word, 0xcc9e2d51);
  block = Math.imul((block << 15) | (block >>> 17), 0x1b873593);
  const mixed = bits ^ block;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function avalanche(bits: number): number {
  let last = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  last = Math.imul(last ^ (last >>> 13), 0xc2b2ae35);
  return last ^ (last >>> 16);
}
