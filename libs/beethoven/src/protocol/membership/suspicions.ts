import type { Millis, NodeId } from '../terms.js';
import type { Effects, MembershipTimer } from './effects.js';
import type { Member } from './member.js';
import type { MembershipConfig } from './membership-config.js';
import { Suspicion, suspicionBounds } from './suspicion.js';

/** The suspicions that run, each with the one timer that counts. */
export class Suspicions {
  readonly #timers = new Map<Member, MembershipTimer>();

  constructor(
    private readonly config: MembershipConfig,
    private readonly effects: Effects,
  ) {}

  /** @param members Live members in the cluster, the suspect included. */
  begin(now: Millis, member: Member, accuser: NodeId, members: number): void {
    const { suspicionMultiplier, probeInterval } = this.config;
    const bounds = suspicionBounds(members, suspicionMultiplier, probeInterval);
    this.#arm(now, member, (member.suspicion = new Suspicion(bounds, now, accuser)));
  }

  /** @returns whether the accuser counted */
  confirm(now: Millis, member: Member, accuser: NodeId): boolean {
    const { suspicion } = member;
    if (suspicion?.confirm(accuser) !== true) return false;
    this.#arm(now, member, suspicion);
    return true;
  }

  end(member: Member): void {
    member.suspicion = undefined;
    this.#timers.delete(member);
  }

  /** Gives every suspect the time back in which this node was not listening. */
  postpone(span: Millis): void {
    for (const { suspicion } of this.#timers.keys()) suspicion?.postpone(span);
  }

  /** Whether the timer means that this suspect's time is up. */
  isOver(now: Millis, member: Member, timer: MembershipTimer): boolean {
    const { suspicion } = member;
    if (suspicion === undefined || this.#timers.get(member) !== timer) return false;
    if (suspicion.deadline <= now) return true;
    this.#arm(now, member, suspicion);
    return false;
  }

  #arm(now: Millis, member: Member, { deadline }: Suspicion): void {
    const timer = { kind: 'suspicion', due: deadline, member: member.state.card.id } as const;
    this.#timers.set(member, timer);
    this.effects.timer(now, timer);
  }
}
