import type { MemberState } from './member-state.js';

/**
 * A number (32 bits) that stands for one belief. Those of a whole view are combined by exclusive or, so that a change
 * costs the same in a cluster of any size.
 *
 * Source: Fowler, Noll, Vo, FNV-1a (RFC 9923), with the finaliser of MurmurHash3, without which beliefs that differ in one digit
 * cancel each other out.
 */
export function digestOf({ card, status, phase }: Omit<MemberState, 'lastChange'>): number {
  const text = `${card.id} ${card.incarnation} ${status} ${phase}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
