import type { Millis, NodeId } from '../terms.js';
import { CLAIM_EVERY, LEASE, RENEW_EVERY, STOP_MARGIN } from './lease-times.js';
import type { QuorumRule } from './quorum-rule.js';
import type { AnswerMessage, Process, SlotEpoch } from './messages.js';

/** How long answers to a claim are waited for (ms). */
const CLAIM_TIME: Millis = RENEW_EVERY;
/** As many rounds as a lease may be renewed by: of one that is older, the answers come too late. */
const MAX_ROUNDS = LEASE / CLAIM_EVERY;

/** What is to be done. */
export type LeaseEffect =
  /** Send it to every voter, this node's own included. */
  | {
      readonly kind: 'ask';
      readonly tag: string;
      readonly round: number;
      readonly firm: boolean;
      readonly slots: readonly SlotEpoch[];
    }
  /** Tell every voter. */
  | {
      readonly kind: 'release';
      readonly used: boolean;
      readonly round: number;
      readonly slots: readonly string[];
    }
  /** The slot is this node's, for as long as the lease is renewed. */
  | { readonly kind: 'won'; readonly slot: string; readonly epoch: number }
  /** A claim came to nothing. `epoch`: what the next one must exceed. `retryAt`: before that it would be in vain. */
  | {
      readonly kind: 'failed';
      readonly slot: string;
      readonly epoch: number;
      readonly retryAt: Millis;
    }
  /** The lease was not renewed: what runs under it has {@link STOP_MARGIN} to stop. */
  | { readonly kind: 'ending'; readonly slot: string; readonly epoch: number }
  /** The lease is over: another node may hold the slot from now on. */
  | { readonly kind: 'over'; readonly slot: string; readonly epoch: number };

interface Lease {
  readonly epoch: number;
  readonly since: Millis;
  /** Grants of earlier rounds were given back, or belong to an earlier claim. */
  readonly firstRound: number;
  state: 'claiming' | 'held' | 'ending';
  /** On this node's clock. */
  until: Millis;
  /** The electorate that granted it last. */
  grantedBy: string;
  refusedEpoch: number;
  retryAt: Millis;
}

interface Round {
  readonly sentAt: Millis;
  /** As of then: votes of one electorate do not count for another. */
  readonly rule: QuorumRule;
  readonly votes: Map<string, Map<NodeId, Process>>;
}

/**
 * The slots that this node claims and holds, all of them renewed in one round of messages. A lease counts from before its round was sent, so
 * whatever happened to the messages, the promises behind it last longer than it does.
 */
export class Leases {
  readonly #leases = new Map<string, Lease>();
  readonly #rounds = new Map<number, Round>();
  #round = 0;
  #nextRoundAt: Millis = Infinity;
  /** Whether the voters know that no lease stands on an earlier electorate. */
  #isFirm = true;

  /** @param rule what a quorum is now; nobody can win anything while there is none */
  constructor(private readonly rule: () => QuorumRule | undefined) {}

  /** When {@link handleTime} has something to do; `Infinity` while this node holds and claims nothing. */
  get dueAt(): Millis {
    let due = this.#nextRoundAt;
    for (const { state, since, until } of this.#leases.values()) {
      if (state === 'claiming') due = Math.min(due, since + CLAIM_TIME);
      else due = Math.min(due, state === 'held' ? until - STOP_MARGIN : until);
    }
    return due;
  }

  /** Claims a slot under an epoch that nobody has used. Asks at the next {@link handleTime}, which is due now. */
  claim(now: Millis, slot: string, epoch: number): void {
    const firstRound = this.#round + 1;
    const claim = { epoch, firstRound, since: now, until: now, refusedEpoch: 0, retryAt: now };
    this.#leases.set(slot, { ...claim, state: 'claiming', grantedBy: '' });
    this.#nextRoundAt = now;
  }

  /** Asks for everything again at the next {@link handleTime}, which is due now: there are other voters. */
  renew(now: Millis): void {
    if (this.#leases.size > 0) this.#nextRoundAt = now;
  }

  /** Ends every lease: those who granted it decide nothing any more. To be told the time next. */
  void(now: Millis): void {
    for (const lease of this.#leases.values()) {
      if (lease.state !== 'claiming') lease.until = Math.min(lease.until, now);
    }
    this.#rounds.clear();
  }

  /** Gives a slot back, when nothing runs under its lease any more. */
  release(slot: string): readonly LeaseEffect[] {
    const lease = this.#leases.get(slot);
    if (lease === undefined) return [];
    this.#leases.delete(slot);
    const used = lease.state !== 'claiming';
    return [{ kind: 'release', used, round: this.#round, slots: [slot] }];
  }

  /** Whether this node claims the slot, or has a lease for it, be it one that is about to end. */
  has(slot: string): boolean {
    return this.#leases.has(slot);
  }

  /** Whether nobody else can hold the slot now. */
  isHeld(now: Millis, slot: string, epoch: number): boolean {
    const lease = this.#leases.get(slot);
    return lease?.epoch === epoch && lease.state !== 'claiming' && now < lease.until;
  }

  /** Whether something may begin under the lease: it is held, and not about to end. */
  isRenewed(now: Millis, slot: string, epoch: number): boolean {
    return this.isHeld(now, slot, epoch) && this.#leases.get(slot)?.state === 'held';
  }

  handleTime(now: Millis): readonly LeaseEffect[] {
    const effects: LeaseEffect[] = [];
    for (const [slot, lease] of this.#leases) {
      const { state, since, until, epoch } = lease;
      if (state === 'claiming') {
        if (now >= since + CLAIM_TIME) effects.push(...this.#fail(now, slot, lease));
      } else {
        if (state === 'held' && now >= until - STOP_MARGIN) {
          lease.state = 'ending';
          effects.push({ kind: 'ending', slot, epoch });
        }
        if (now >= until) {
          this.#leases.delete(slot);
          effects.push({ kind: 'over', slot, epoch });
        }
      }
    }
    if (now >= this.#nextRoundAt) effects.push(...this.#ask(now));
    return effects;
  }

  /** A voter has answered. To be told the time first: an answer that comes after the lease has ended renews nothing. */
  answered(
    now: Millis,
    voter: Process,
    { round: number, granted, refused }: Pick<AnswerMessage, 'round' | 'granted' | 'refused'>,
  ): readonly LeaseEffect[] {
    const round = this.#rounds.get(number);
    if (round === undefined) return [];
    const effects: LeaseEffect[] = [];
    for (const slot of granted) {
      const lease = this.#asked(slot, number);
      const votes = round.votes.get(slot);
      if (lease === undefined || votes === undefined || lease.state === 'ending') continue;
      votes.set(voter.id, voter);
      if (!round.rule.isQuorum(votes)) continue;
      if (round.sentAt + LEASE >= lease.until) {
        lease.until = round.sentAt + LEASE;
        lease.grantedBy = round.rule.tag;
      }
      if (lease.state === 'claiming' && now < lease.until - STOP_MARGIN) {
        lease.state = 'held';
        effects.push({ kind: 'won', slot, epoch: lease.epoch });
      }
    }
    for (const { slot, epoch, wait } of refused) {
      const lease = this.#asked(slot, number);
      if (lease === undefined) continue;
      lease.refusedEpoch = Math.max(lease.refusedEpoch, epoch);
      lease.retryAt = Math.max(lease.retryAt, now + wait);
    }
    // Until voters know it, they wait for leases of an earlier electorate before they change this one.
    const rule = this.rule();
    if (!this.#isFirm && rule !== undefined && this.#standsOn(rule)) this.#nextRoundAt = now;
    return effects;
  }

  /** The lease or claim for which that round asked. */
  #asked(slot: string, round: number): Lease | undefined {
    const lease = this.#leases.get(slot);
    return lease !== undefined && lease.firstRound <= round ? lease : undefined;
  }

  /** Whether every lease that is asked for was last granted by that electorate. */
  #standsOn({ tag }: QuorumRule): boolean {
    for (const { state, grantedBy } of this.#leases.values())
      if (state === 'held' && grantedBy !== tag) return false;
    return true;
  }

  #ask(now: Millis): readonly LeaseEffect[] {
    const slots: SlotEpoch[] = [];
    let wait = RENEW_EVERY;
    for (const [slot, lease] of this.#leases) {
      if (lease.state === 'ending') continue;
      slots.push([slot, lease.epoch]);
      if (lease.state !== 'claiming') continue;
      wait = CLAIM_EVERY;
      lease.retryAt = now; // those who refused may grant now
    }
    this.#nextRoundAt = slots.length > 0 ? now + wait : Infinity;
    const rule = this.rule();
    if (slots.length === 0 || rule === undefined) return [];
    const number = ++this.#round;
    const firm = this.#standsOn(rule);
    this.#isFirm = firm;
    const votes = new Map(slots.map(([slot]) => [slot, new Map<NodeId, Process>()]));
    this.#rounds.set(number, { sentAt: now, rule, votes });
    for (const old of this.#rounds.keys()) {
      if (this.#rounds.size <= MAX_ROUNDS) break;
      this.#rounds.delete(old);
    }
    return [{ kind: 'ask', tag: rule.tag, round: number, firm, slots }];
  }

  /** What some voters have granted must not stand in the way of others. */
  #fail(now: Millis, slot: string, { refusedEpoch, retryAt }: Lease): readonly LeaseEffect[] {
    return [
      ...this.release(slot),
      { kind: 'failed', slot, epoch: refusedEpoch, retryAt: Math.max(now, retryAt) },
    ];
  }
}
