import type { Opening } from '../protocol/roles/plan.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** How long each candidate leaves the slot to the one before it (ms). */
const STEP: Millis = 500;

/** What {@link Turns} asks for. */
export interface TurnsParts {
  readonly self: NodeId;
  /** Nobody here can take it now. */
  readonly isClosed: (opening: Opening) => boolean;
  /** An instance goes on here until its successor runs: a node never runs two of one role. */
  readonly isHandingOver: (role: string) => boolean;
  /** From when on the first of its candidates may take it. */
  readonly claimableAt: (opening: Opening, now: Millis) => Millis;
  /** When this node may try again what has failed. */
  readonly notBefore: (opening: Opening) => Millis;
}

/** Whose turn it is to take an open slot: the best candidate's at once, and the next one's where that has not done it. */
export class Turns {
  /** Since when each slot has been open. */
  #openSince = new Map<string, Millis>();

  constructor(private readonly parts: TurnsParts) {}

  /** Which openings this node takes now, and when the next one is its turn; `Infinity`: none will be. */
  take(openings: readonly Opening[], now: Millis): { due: Opening[]; next: Millis } {
    const { self, isClosed, isHandingOver, claimableAt, notBefore } = this.parts;
    const openSince = new Map<string, Millis>();
    const due: Opening[] = [];
    let next = Infinity;
    for (const opening of openings) {
      const closed = isClosed(opening);
      // The candidates take turns from when the first of them can: not all of them at once.
      const since = closed ? now : (this.#openSince.get(opening.id) ?? now);
      openSince.set(opening.id, since);
      const rank = opening.candidates.indexOf(self);
      if (rank === -1 || closed || isHandingOver(opening.role)) continue;
      const open = Math.max(since, claimableAt(opening, now));
      const at = Math.max(open + rank * STEP, notBefore(opening));
      if (at <= now) due.push(opening);
      else next = Math.min(next, at);
    }
    this.#openSince = openSince;
    return { due, next };
  }

  /** The candidates take their turns anew from then on. */
  postpone(id: string, until: Millis): void {
    this.#openSince.set(id, until);
  }
}
