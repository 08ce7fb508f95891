import type { Incarnation, Millis, NodeId } from '../terms.js';
import type { Effects, MembershipTimer } from './effects.js';
import type { Herald } from './herald.js';
import type { Member } from './member.js';
import { PINGS_IN_FLIGHT, type MembershipConfig } from './membership-config.js';
import { isLive } from './member-state.js';
import type { Roster } from './roster.js';

/** A ping whose answer is awaited. */
interface Ping {
  readonly target: Member;
  /** A target that has raised it since has answered in its own way. */
  readonly incarnation: Incarnation;
  readonly sentAt: Millis;
  /** Who asked for it, and under which number, where it was sent for another member. */
  readonly onBehalfOf?: { readonly id: NodeId; readonly sequence: number };
  /** What to do when its time is up: ask others to try, or accuse the target. */
  next: 'ask others' | 'accuse';
  /** When its time is up. Pings for others have none: whoever asked keeps the time. */
  timer: MembershipTimer | undefined;
}

/** How many members of the round are looked at for each probe. */
const LOOKS = 8;

/**
 * Asks the members in turn whether they are there, and others to ask where no answer comes. Says who did not answer; what
 * follows from that is not decided here.
 */
export class Prober {
  /** In the order in which they were sent. */
  readonly #pings = new Map<number, Ping>();
  #sequence = 0;

  constructor(
    private readonly config: MembershipConfig,
    private readonly roster: Roster,
    private readonly herald: Herald,
    private readonly effects: Effects,
  ) {}

  /** Probes whoever is next: once each `probeInterval`. */
  probe(now: Millis): void {
    this.#dropOld(now);
    const target = this.#choose();
    if (target === undefined) return;
    target.noticedAt = now;
    const ping = pingTo(target, now, 'ask others');
    if (target.linked) {
      this.#await(now, this.#send(ping), ping);
    } else {
      this.effects.connect(target.state.card.id);
      this.#askOthers(now, this.#expect(ping), ping);
    }
  }

  /** Asks a member out of turn: it is suspected, and shall have its chance. */
  check(now: Millis, target: Member): void {
    if (!target.linked) return;
    const ping = pingTo(target, now, 'accuse');
    this.#await(now, this.#send(ping), ping);
  }

  /** The time of a ping is up. @returns whom to accuse, if others have been asked in vain, or need not be asked */
  unanswered(now: Millis, sequence: number): Member | undefined {
    const ping = this.#pings.get(sequence);
    if (ping === undefined) return undefined;
    if (ping.next === 'ask others') {
      this.#askOthers(now, sequence, ping);
      return undefined;
    }
    this.#pings.delete(sequence);
    const { card, status } = ping.target.state;
    return isLive(status) && card.incarnation === ping.incarnation ? ping.target : undefined;
  }

  answer(from: NodeId, sequence: number): void {
    this.effects.send([from], { kind: 'ack', sequence, rumors: this.herald.piggyback() });
  }

  /** Pings the target for another member. */
  pingFor(now: Millis, id: NodeId, sequence: number, target: NodeId): void {
    const member = this.roster.get(target);
    if (!member?.linked) return;
    this.#send({ ...pingTo(member, now, 'accuse'), onBehalfOf: { id, sequence } });
  }

  /** The answer to a ping, from its target or, once others were asked, by way of one of them. */
  acknowledged(from: NodeId, sequence: number): void {
    const ping = this.#pings.get(sequence);
    if (ping === undefined) return;
    const { target, onBehalfOf } = ping;
    if (from !== target.state.card.id && (ping.next !== 'accuse' || onBehalfOf)) return;
    this.#pings.delete(sequence);
    if (ping.timer !== undefined) this.effects.cancel(ping.timer);
    if (onBehalfOf !== undefined) this.answer(onBehalfOf.id, onBehalfOf.sequence);
  }

  /** Expects no answers any more: this node was not listening. */
  forgive(): void {
    this.#pings.clear();
  }

  #send(ping: Ping): number {
    const sequence = this.#expect(ping);
    const { digest } = this.roster;
    const rumors = this.herald.piggyback();
    this.effects.send([ping.target.state.card.id], { kind: 'ping', sequence, digest, rumors });
    return sequence;
  }

  #await(now: Millis, sequence: number, ping: Ping): void {
    ping.timer = { kind: 'unanswered', due: now + this.config.probeTimeout, sequence };
    this.effects.timer(now, ping.timer);
  }

  #expect(ping: Ping): number {
    const [oldest] = this.#pings.size < PINGS_IN_FLIGHT ? [] : this.#pings.keys();
    if (oldest !== undefined) this.#pings.delete(oldest);
    this.#sequence = (this.#sequence + 1) % Number.MAX_SAFE_INTEGER;
    this.#pings.set(this.#sequence, ping);
    return this.#sequence;
  }

  /** They have as much time as the target had, from now: a node that asks late does not judge early. */
  #askOthers(now: Millis, sequence: number, ping: Ping): void {
    const { target } = ping;
    ping.next = 'accuse';
    const others = this.roster.ring.sample(
      this.config.indirectProbes,
      (member) => member.linked && member !== target && member.state.status === 'alive',
    );
    this.effects.send(
      others.map(({ state }) => state.card.id),
      { kind: 'ping-for-me', sequence, target: target.state.card.id },
    );
    this.#await(now, sequence, ping);
  }

  /**
   * Of the next few of the round, the one that has been silent the longest. Who pings us has shown that it lives: sending the probes
   * to the others halves the time until a member that stops is probed by somebody.
   */
  #choose(): Member | undefined {
    const { ring } = this.roster;
    let choice: Member | undefined;
    for (let looks = Math.min(LOOKS, ring.size); looks > 0; looks--) {
      const member = ring.next();
      if (member && (!choice || member.noticedAt < choice.noticedAt)) choice = member;
    }
    return choice;
  }

  #dropOld(now: Millis): void {
    const keep = 2 * this.config.probeTimeout + this.config.probeInterval;
    for (const [sequence, { sentAt }] of this.#pings) {
      if (now - sentAt < keep) return;
      this.#pings.delete(sequence);
    }
  }
}

function pingTo(target: Member, sentAt: Millis, next: Ping['next']): Ping {
  return { target, incarnation: target.state.card.incarnation, sentAt, next, timer: undefined };
}
