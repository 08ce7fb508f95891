import type { Millis } from '../terms.js';
import type { MemberState } from './member-state.js';
import type { Suspicion } from './suspicion.js';

/** A member as this node deals with it: what is believed of it, and what only this node knows. */
export interface Member {
  state: MemberState;
  /** There is a link to it. */
  linked: boolean;
  /** A link to it ended in this life: that nobody listens there now means that its process is gone. */
  lostLink: boolean;
  /** When something last came from it, or it was last probed. */
  noticedAt: Millis;
  /** When it was last sent this node's view because the two differed. */
  repairedAt: Millis;
  /** Runs while its status is `suspect`. */
  suspicion: Suspicion | undefined;
}
