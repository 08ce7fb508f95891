import type { NodeId, PeerCard } from '../terms.js';
import type { Departure, MemberState } from './member-state.js';

/** What speaks against a member. */
export interface Doubts {
  /** A link to it ended in this life: that nobody listens there now means that its process is gone. */
  readonly lostLink: boolean;
  /** No call has come to anything since: that was held against it once, and is no news any more. */
  readonly unreached: boolean;
  /** Who suspects it, as far as it matters; empty unless its status is `suspect`. */
  readonly accusers: readonly NodeId[];
  /** Somebody is sure that the suspect has departed. Believed as soon as our own link to it ends as well. */
  readonly verdict: Departure | undefined;
}

/** Nearly always, of nearly all: so they share it. */
export const NO_DOUBTS: Doubts = {
  lostLink: false,
  unreached: false,
  accusers: [],
  verdict: undefined,
};

/** A member as this node deals with it: what is believed of it, and what only this node knows. There are thousands in a large cluster. */
export class Member {
  /** Its place among the live, by which some are picked at random. */
  place = -1;
  /** The process to which there is a link: a newer life may have been heard of while that link is still there. */
  link: PeerCard | undefined = undefined;
  doubts = NO_DOUBTS;

  /** @param hash stands for its id in digests */
  constructor(
    public state: MemberState,
    readonly hash: number,
  ) {}

  get id(): NodeId {
    return this.state.card.id;
  }

  /** There is a link to it. */
  get linked(): boolean {
    return this.link !== undefined;
  }
}
