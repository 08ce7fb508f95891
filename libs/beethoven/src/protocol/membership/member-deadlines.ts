import { Deadlines } from '../deadlines.js';
import type { Millis } from '../terms.js';
import type { Effects, MembershipTimer } from './effects.js';
import type { Member } from './member.js';

/** Moments at which something is to be done about members, with one timer for all of them. */
export class MemberDeadlines {
  readonly #deadlines = new Deadlines<Member>();
  #timer: MembershipTimer | undefined;

  constructor(
    private readonly kind: MembershipTimer['kind'],
    private readonly effects: Effects,
  ) {}

  has(member: Member): boolean {
    return this.#deadlines.has(member);
  }

  set(now: Millis, member: Member, at: Millis): void {
    this.#deadlines.set(member, at);
    this.#arm(now);
  }

  delete(member: Member): void {
    this.#deadlines.delete(member);
  }

  /** Takes out whose time has come; nobody if the timer is out of date. */
  take(now: Millis, timer: MembershipTimer): Member[] {
    const due: Member[] = [];
    if (timer !== this.#timer) return due;
    this.#timer = undefined;
    for (let member = this.#deadlines.take(now); member !== undefined;) {
      due.push(member);
      member = this.#deadlines.take(now);
    }
    this.#arm(now);
    return due;
  }

  /** A timer that is early does no harm, and one for each deadline that goes would. */
  #arm(now: Millis): void {
    const { next } = this.#deadlines;
    if (next === Infinity || (this.#timer !== undefined && this.#timer.due <= next)) return;
    this.#timer = { kind: this.kind, due: next };
    this.effects.timer(now, this.#timer);
  }
}
