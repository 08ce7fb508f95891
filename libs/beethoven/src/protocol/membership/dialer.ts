import type { Millis, NodeId } from '../terms.js';
import type { Effects, MembershipTimer } from './effects.js';
import type { Member } from './member.js';
import { MemberDeadlines } from './member-deadlines.js';
import { CALLS_AT_ONCE, REDIAL_INTERVAL, REDIAL_LIMIT } from './membership-config.js';
import { isLive } from './member-state.js';

/**
 * Calls live members to whom there is no link, so many at a time: a newcomer that has learned of thousands does not call all of them in one
 * instant. Whose link has just been lost waits for nobody, for the answer says whether it lives.
 */
export class Dialer {
  readonly #waiting = new Set<Member>();
  readonly #underway = new Set<NodeId>();
  readonly #later: MemberDeadlines;
  /** How often in a row members have taken a call and not answered. */
  readonly #silences = new WeakMap<Member, number>();

  constructor(private readonly effects: Effects) {
    this.#later = new MemberDeadlines('dial', effects);
  }

  callAtOnce(member: Member): void {
    this.#waiting.delete(member);
    this.#underway.add(member.id);
    this.effects.connect(member.id);
  }

  call(member: Member): void {
    const isBusy = this.#silences.has(member) && this.#later.has(member);
    if (isBusy || this.#underway.has(member.id)) return;
    if (this.#underway.size < CALLS_AT_ONCE) this.callAtOnce(member);
    else this.#waiting.add(member);
  }

  /** After a while, unless somebody makes a link before: one call, however often it is asked for. */
  callAfter(now: Millis, member: Member, after: Millis): void {
    if (!this.#later.has(member)) this.#later.set(now, member, now + after);
  }

  /**
   * The member took the call and did not get to it: it has more to do than it can. It is called again, each time after twice as long, for calls
   * that wait for an answer are what it has to do.
   */
  unanswered(now: Millis, member: Member): void {
    const silences = (this.#silences.get(member) ?? 0) + 1;
    this.#silences.set(member, silences);
    this.callAfter(now, member, Math.min(REDIAL_LIMIT, REDIAL_INTERVAL * 2 ** silences));
  }

  /** The call has come to something. */
  ended(id: NodeId): void {
    this.#underway.delete(id);
    for (const next of this.#waiting) {
      if (this.#underway.size >= CALLS_AT_ONCE) return;
      this.#waiting.delete(next);
      if (isWanted(next)) this.callAtOnce(next);
    }
  }

  /** There is a link: nothing is to be done any more. */
  reached(member: Member): void {
    this.#waiting.delete(member);
    this.#later.delete(member);
    this.#silences.delete(member);
    this.ended(member.id);
  }

  handleTimer(now: Millis, timer: MembershipTimer): void {
    for (const member of this.#later.take(now, timer)) if (isWanted(member)) this.call(member);
  }
}

function isWanted({ linked, state }: Member): boolean {
  return !linked && isLive(state.status);
}
