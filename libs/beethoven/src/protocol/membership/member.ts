import type { Millis, NodeId } from '../terms.js';
import type { Effects, MembershipTimer } from './effects.js';
import type { Departure, MemberState } from './member-state.js';

/** A member as this node deals with it: what is believed of it, and what only this node knows. */
export interface Member {
  state: MemberState;
  /** There is a link to it. */
  linked: boolean;
  /** The life that the last link was to: a newer one may have been heard of while that link is still there. */
  linkedLife: Millis | undefined;
  /** A link to it ended in this life: that nobody listens there now means that its process is gone. */
  lostLink: boolean;
  /** When a link to it is tried next, if nobody makes one before. */
  redial: MembershipTimer | undefined;
  /** The end of its hold-down, where it has come back too often. */
  release: MembershipTimer | undefined;
  /** Who suspects it, as far as it matters; empty unless its status is `suspect`. */
  accusers: readonly NodeId[];
  /** Somebody is sure that the suspect has departed. Believed as soon as our own link to it ends as well. */
  verdict: Departure | undefined;
}

/** Has a link to the member tried after a while: one try at a time, however many ask for it. */
export function redialAfter(now: Millis, member: Member, after: Millis, effects: Effects): void {
  if (member.redial !== undefined) return;
  member.redial = { kind: 'dial', due: now + after, member: member.state.card.id };
  effects.timer(now, member.redial);
}
