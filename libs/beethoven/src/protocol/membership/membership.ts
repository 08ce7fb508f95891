import type { Verdict } from '../detector/detector-effects.js';
import type { Random } from '../random.js';
import type { Millis, NodeId, PeerCard } from '../terms.js';
import { Beliefs } from './beliefs.js';
import { Dialer } from './dialer.js';
import { Effects, type Effect, type MembershipTimer } from './effects.js';
import { Herald } from './herald.js';
import { Judge } from './judge.js';
import type { Member } from './member.js';
import { REDIAL_INTERVAL, ROSTER_LIMITS, type MembershipConfig } from './membership-config.js';
import { isKnownLife, isLive, type MemberState } from './member-state.js';
import type { Message } from './messages.js';
import { Roster } from './roster.js';
import { ViewExchange } from './view-exchange.js';

/** Why a link to a member could not be made. */
export type ConnectFailure =
  /** Its machine answers that nobody listens there. */
  | 'refused'
  /** Another process answers there. */
  | 'not-me'
  /** Its machine has taken the call, and it has not answered. */
  | 'silent'
  /** No answer, or none that tells. */
  | 'timeout'
  | 'unreachable';

/**
 * Who is in the cluster, as this node believes: SWIM's rumours and incarnations, and the ends of links as the fastest witness. Who does
 * not answer is found out by the {@link Detector}, which may run in another thread; its verdicts come in as inputs. Inputs come as
 * calls, with the time; each returns what is to be done about it, in order. Holds no clock, no socket and no thread.
 *
 * Source: Das, Gupta, Motivala, "SWIM", 2002.
 */
export class Membership {
  readonly #effects = new Effects();
  readonly #roster: Roster;
  readonly #herald: Herald;
  readonly #beliefs: Beliefs;
  readonly #dialer: Dialer;
  readonly #judge: Judge;
  readonly #views: ViewExchange;
  #started = false;
  #left = false;
  #listensUntil: Millis = 0;

  constructor(
    private readonly config: MembershipConfig,
    random: Random,
    self: PeerCard,
  ) {
    this.#roster = new Roster(random, self, ROSTER_LIMITS);
    this.#herald = new Herald(this.#roster, this.#effects);
    this.#views = new ViewExchange(this.#roster, this.#effects);
    this.#beliefs = new Beliefs(this.#roster, this.#effects);
    this.#dialer = new Dialer(this.#effects);
    this.#judge = new Judge(this.#roster, this.#beliefs, this.#herald, this.#dialer, this.#effects);
  }

  get self(): PeerCard {
    return this.#roster.self;
  }

  /** Live members, this node included. */
  get size(): number {
    return this.#roster.size;
  }

  /** Whether this node has said goodbye. */
  get hasLeft(): boolean {
    return this.#left;
  }

  /** Equal on nodes that believe the same of the live members. */
  get digest(): number {
    return this.#roster.digest;
  }

  /** Grows with every change of what is believed. */
  get version(): number {
    return this.#roster.version;
  }

  /** What is believed of everyone else, those that departed included. */
  members(): MemberState[] {
    return this.#roster.states();
  }

  member(id: NodeId): MemberState | undefined {
    return this.#roster.get(id)?.state;
  }

  /** Begins to take part: every input before is ignored. */
  start(): void {
    this.#started = true;
  }

  /** Says goodbye. Every input afterwards is ignored. */
  leave(): readonly Effect[] {
    if (this.#takesPart) {
      this.#herald.tellEveryone({ card: this.self, status: 'left' });
      this.#roster.touch();
    }
    this.#left = true;
    return this.#effects.take();
  }

  /** There is a link to this peer, and none was before. */
  linkUp(now: Millis, card: PeerCard): readonly Effect[] {
    if (!this.#takesPart || card.id === this.self.id) return this.#effects.take();
    const before = this.#roster.get(card.id)?.state;
    const wasLive = isKnownLife(before, card);
    this.#judge.learn(now, { card, status: 'alive' }, card.id, 'hello');
    const member = this.#roster.get(card.id);
    if (member === undefined) return this.#effects.take();

    this.#roster.link(member, card);
    this.#dialer.reached(member);
    this.#views.greet(now, member, !wasLive);
    return this.#effects.take();
  }

  /** The last link to this peer has ended: `goodbye` where it said so first. */
  linkDown(now: Millis, id: NodeId, cause: 'lost' | 'goodbye'): readonly Effect[] {
    const member = this.#roster.get(id);
    if (!this.#takesPart || member === undefined) return this.#effects.take();
    const { link } = member;
    this.#roster.unlink(member);
    const verdict = cause === 'goodbye' ? 'left' : member.doubts.verdict;
    if (!isLive(member.state.status)) return this.#effects.take();
    if (link?.startedAt !== member.state.card.startedAt) {
      this.#dialer.callAtOnce(member); // whatever ended that life, the one that lives had no part in it
    } else if (verdict !== undefined) {
      this.#judge.witness(now, member, verdict);
    } else {
      member.doubts = { ...member.doubts, lostLink: true, unreached: false };
      this.#dialer.callAtOnce(member);
    }
    return this.#effects.take();
  }

  /** The link that a `connect` asked for is there. */
  connected(id: NodeId): readonly Effect[] {
    if (this.#takesPart) this.#dialer.ended(id);
    return this.#effects.take();
  }

  /** The link that a `connect` asked for could not be made. */
  connectFailed(now: Millis, id: NodeId, failure: ConnectFailure): readonly Effect[] {
    if (this.#takesPart) this.#dialer.ended(id);
    const member = this.#roster.get(id);
    if (!this.#takesPart || member === undefined) return this.#effects.take();
    const { linked, doubts, state } = member;
    const { lostLink, unreached } = doubts;
    if (linked || !isLive(state.status)) return this.#effects.take();
    if (lostLink && (failure === 'refused' || failure === 'not-me')) {
      this.#judge.witness(now, member, doubts.verdict ?? 'down');
      return this.#effects.take();
    }
    // It listens, so it runs: whether it is busy or stalled, its heartbeats say.
    if (failure === 'silent') {
      this.#dialer.unanswered(now, member);
      return this.#effects.take();
    }
    // Where no link ever was, or none for a while, the way may be blocked and the member well: the probes of others decide.
    if (lostLink && !unreached && now >= this.#listensUntil) {
      member.doubts = { ...doubts, unreached: true };
      this.#judge.accuse(now, member, state.card, this.self.id);
    }
    this.#dialer.callAfter(now, member, REDIAL_INTERVAL);
    return this.#effects.take();
  }

  /** What the detector has found out. */
  handleVerdict(now: Millis, verdict: Verdict): readonly Effect[] {
    if (!this.#takesPart) return this.#effects.take();
    if (verdict.kind === 'raise') this.#judge.raise(now, verdict.incarnation);
    else if (verdict.kind === 'overslept') this.#listensUntil = now + this.config.probeInterval;
    else this.#judgeMember(now, verdict);
    return this.#effects.take();
  }

  /** This node's main thread was blocked, as the detector saw from its own: what it missed proves nothing. */
  awake(now: Millis, phase: number): readonly Effect[] {
    if (!this.#takesPart) return this.#effects.take();
    this.#listensUntil = now + this.config.probeInterval;
    this.#judge.enter(now, phase);
    return this.#effects.take();
  }

  /** The detector wants a beat to go over the link. */
  sendBeat(id: NodeId, bytes: Uint8Array): readonly Effect[] {
    const member = this.#roster.get(id);
    if (!this.#takesPart || member === undefined) return this.#effects.take();
    if (member.linked) this.#effects.send([id], { kind: 'beat', bytes });
    else if (isLive(member.state.status)) this.#dialer.call(member);
    return this.#effects.take();
  }

  /** What came over the link from this peer. */
  handleMessage(now: Millis, from: NodeId, message: Message): readonly Effect[] {
    const member = this.#roster.get(from);
    if (this.#takesPart && member !== undefined) this.#receive(now, member, message);
    return this.#effects.take();
  }

  handleTimer(now: Millis, timer: MembershipTimer): readonly Effect[] {
    if (!this.#takesPart) return this.#effects.take();
    switch (timer.kind) {
      case 'gossip':
        this.#herald.handleTimer(now, timer);
        break;
      case 'release':
        this.#beliefs.release(now, timer);
        break;
      case 'dial':
        this.#dialer.handleTimer(now, timer);
        break;
    }
    return this.#effects.take();
  }

  get #takesPart(): boolean {
    return this.#started && !this.#left;
  }

  #judgeMember(
    now: Millis,
    verdict: Exclude<Verdict, { kind: 'raise' } | { kind: 'overslept' }>,
  ): void {
    const member = this.#roster.get(verdict.id);
    if (member === undefined || !isLive(member.state.status)) return;
    if (verdict.kind === 'differs') return this.#views.ask(now, member);
    const { card, status } = member.state;
    if (verdict.startedAt !== card.startedAt) return;
    if (verdict.kind === 'phase') {
      const { phase } = verdict;
      return this.#judge.learn(now, { card, status, phase }, card.id, 'gossip');
    }
    const { incarnation } = verdict;
    if (incarnation < card.incarnation) return;
    const named = { ...card, incarnation };
    if (verdict.kind === 'trust') {
      this.#judge.learn(now, { card: named, status: 'alive' }, card.id, 'gossip');
    } else if (verdict.kind === 'suspect') {
      this.#judge.accuse(now, member, named, this.self.id);
    } else if (status === 'suspect') {
      this.#judge.pronounce(now, member, member.doubts.verdict ?? 'down');
    }
  }

  #receive(now: Millis, member: Member, message: Message): void {
    const { id } = member.state.card;
    switch (message.kind) {
      case 'beat': {
        const { card, status } = member.state;
        if (isLive(status)) this.#effects.beat(message.bytes);
        else this.#effects.send([id], { kind: 'rumors', rumors: [{ card, status }] });
        break;
      }
      case 'rumors':
        this.#judge.learnAll(now, message.rumors, id, 'gossip');
        break;
      case 'view':
        this.#judge.learnAll(now, message.rumors, id, 'view');
        this.#views.tell(now, member, message);
        break;
      case 'digest':
        if (message.digest !== this.digest) this.#views.ask(now, member);
        break;
      case 'digests':
        this.#views.answer(now, member, message.digests);
        break;
    }
  }
}
