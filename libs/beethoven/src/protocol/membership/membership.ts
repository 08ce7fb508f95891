import type { Random } from '../random.js';
import type { Millis, NodeId, PeerCard } from '../terms.js';
import { Beliefs } from './beliefs.js';
import { Effects, type Effect, type MembershipTimer } from './effects.js';
import { Herald } from './herald.js';
import { Judge } from './judge.js';
import type { Member } from './member.js';
import { ROSTER_LIMITS, type MembershipConfig } from './membership-config.js';
import { isKnownLife, isLive, type MemberState } from './member-state.js';
import { fromWire, type Message } from './messages.js';
import { Prober } from './prober.js';
import { Roster } from './roster.js';
import { Suspicions } from './suspicions.js';
import { ViewExchange } from './view-exchange.js';

/** Why a link to a member could not be made. */
export type ConnectFailure =
  /** Its machine answers that nobody listens there. */
  | 'refused'
  /** Another process answers there. */
  | 'not-me'
  /** No answer, or none that tells. */
  | 'timeout'
  | 'unreachable';

/**
 * Who is in the cluster, as this node believes: SWIM with suspicion, and the ends of links as the fastest witness. Inputs come as
 * calls, with the time; each returns what is to be done about it, in order. Holds no clock, no socket and no thread.
 *
 * Source: Das, Gupta, Motivala, "SWIM", 2002; Dadgar, Phillips, Currey, "Lifeguard", 2017 (arXiv:1707.00788).
 */
export class Membership {
  readonly #effects = new Effects();
  readonly #roster: Roster;
  readonly #herald: Herald;
  readonly #prober: Prober;
  readonly #suspicions: Suspicions;
  readonly #judge: Judge;
  readonly #views: ViewExchange;
  #turn: MembershipTimer | undefined;
  #left = false;
  #listensUntil: Millis = 0;
  #malformed = 0;

  constructor(
    private readonly config: MembershipConfig,
    private readonly random: Random,
    self: PeerCard,
  ) {
    this.#roster = new Roster(random, self, ROSTER_LIMITS);
    this.#herald = new Herald(this.#roster, this.#effects);
    this.#prober = new Prober(config, this.#roster, this.#herald, this.#effects);
    this.#suspicions = new Suspicions(config, this.#effects);
    this.#views = new ViewExchange(this.#roster, this.#effects);
    this.#judge = new Judge(
      this.#roster,
      new Beliefs(this.#roster, this.#suspicions, this.#effects),
      this.#suspicions,
      this.#herald,
      this.#prober,
      this.#effects,
    );
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

  /** Messages that were dropped because they were not what they should be. */
  get malformed(): number {
    return this.#malformed;
  }

  /** What is believed of everyone else, those that departed included. */
  members(): MemberState[] {
    return this.#roster.states();
  }

  member(id: NodeId): MemberState | undefined {
    return this.#roster.get(id)?.state;
  }

  start(now: Millis): readonly Effect[] {
    // Nodes that start together shall not probe together.
    this.#armTurn(now, this.random.float() * this.config.probeInterval);
    return this.#effects.take();
  }

  /** Says goodbye. Every input afterwards is ignored. */
  leave(): readonly Effect[] {
    if (this.#turn !== undefined && !this.#left) {
      this.#herald.tellEveryone({ card: this.self, status: 'left' });
      this.#roster.touch();
    }
    this.#left = true;
    return this.#effects.take();
  }

  /** There is a link to this peer, and none was before. */
  linkUp(now: Millis, card: PeerCard): readonly Effect[] {
    if (!this.#takesPart(now) || card.id === this.self.id) return this.#effects.take();
    const before = this.#roster.get(card.id)?.state;
    const wasLive = isKnownLife(before, card);
    this.#judge.learn(now, { card, status: 'alive' }, card.id, 'hello');
    const member = this.#roster.get(card.id);
    if (member === undefined) return this.#effects.take();

    member.noticedAt = now;
    this.#roster.link(member);
    if (wasLive) this.#effects.send([card.id], { kind: 'digest', digest: this.digest });
    else this.#views.send(now, member, false);
    return this.#effects.take();
  }

  /** The last link to this peer has ended: `goodbye` where it said so first. */
  linkDown(now: Millis, id: NodeId, cause: 'lost' | 'goodbye'): readonly Effect[] {
    const member = this.#roster.get(id);
    if (!this.#takesPart(now) || member === undefined) return this.#effects.take();
    this.#roster.unlink(member);
    const verdict = cause === 'goodbye' ? 'left' : member.suspicion?.verdict;
    if (!isLive(member.state.status)) return this.#effects.take();
    if (verdict !== undefined) {
      this.#judge.witness(now, member, verdict);
    } else {
      member.lostLink = true;
      this.#effects.connect(id);
    }
    return this.#effects.take();
  }

  /** The link that a `connect` asked for could not be made. */
  connectFailed(now: Millis, id: NodeId, failure: ConnectFailure): readonly Effect[] {
    const member = this.#roster.get(id);
    if (!this.#takesPart(now) || member === undefined) return this.#effects.take();
    const { linked, lostLink, state } = member;
    // Where no link ever was, the way may be blocked and the member well: the probes of others decide.
    if (linked || !lostLink || !isLive(state.status)) return this.#effects.take();
    if (failure === 'refused' || failure === 'not-me') this.#judge.witness(now, member, 'down');
    else if (now >= this.#listensUntil) this.#judge.accuse(now, member, state.card, this.self.id);
    return this.#effects.take();
  }

  /** @param wire What came over the link from this peer: anything at all. */
  handleMessage(now: Millis, from: NodeId, wire: unknown): readonly Effect[] {
    const member = this.#roster.get(from);
    if (!this.#takesPart(now) || member === undefined) return this.#effects.take();
    const message = fromWire(wire);
    if (message === undefined) {
      this.#malformed++;
      return this.#effects.take();
    }
    member.noticedAt = now;
    this.#receive(now, member, message);
    return this.#effects.take();
  }

  handleTimer(now: Millis, timer: MembershipTimer): readonly Effect[] {
    if (!this.#takesPart(now)) return this.#effects.take();
    switch (timer.kind) {
      case 'probe':
        if (timer === this.#turn) this.#takeTurn(now);
        break;
      case 'unanswered': {
        const silent = this.#prober.unanswered(now, timer.sequence ?? 0);
        if (silent) this.#judge.accuse(now, silent, silent.state.card, this.self.id);
        break;
      }
      case 'gossip':
        this.#herald.handleTimer(now, timer);
        break;
      case 'suspicion': {
        const member = this.#roster.get(timer.member ?? '');
        if (member && this.#suspicions.isOver(now, member, timer)) {
          this.#judge.pronounce(now, member, 'down');
        }
        break;
      }
      case 'dial': {
        const member = this.#roster.get(timer.member ?? '');
        if (member && !member.linked && isLive(member.state.status)) {
          this.#effects.connect(member.state.card.id);
        }
        break;
      }
    }
    return this.#effects.take();
  }

  /**
   * A turn that comes an interval late means that this node itself was stopped, or its event loop blocked, while the others went
   * on: silence proves nothing then. Nobody is judged by what was missed, suspects get the time back, and this node listens
   * for an interval before it asks again.
   */
  #takesPart(now: Millis): boolean {
    if (this.#turn === undefined || this.#left) return false;
    const late = now - this.#turn.due;
    if (late <= this.config.probeInterval) return true;
    this.#suspicions.postpone(late);
    this.#prober.forgive();
    this.#listensUntil = now + this.config.probeInterval;
    this.#armTurn(now);
    return true;
  }

  #armTurn(now: Millis, after = this.config.probeInterval): void {
    this.#turn = { kind: 'probe', due: now + after };
    this.#effects.timer(now, this.#turn);
  }

  #takeTurn(now: Millis): void {
    this.#armTurn(now);
    this.#roster.forgetOld(now);
    this.#prober.probe(now);
  }

  #receive(now: Millis, member: Member, message: Message): void {
    const { id } = member.state.card;
    switch (message.kind) {
      case 'ping':
        this.#prober.answer(id, message.sequence);
        this.#judge.learnAll(now, message.rumors, id, 'gossip');
        this.#views.compare(now, member, message.digest);
        break;
      case 'ack':
        this.#prober.acknowledged(id, message.sequence);
        this.#judge.learnAll(now, message.rumors, id, 'gossip');
        break;
      case 'ping-for-me':
        this.#prober.pingFor(now, id, message.sequence, message.target);
        break;
      case 'rumors':
        this.#judge.learnAll(now, message.rumors, id, 'gossip');
        break;
      case 'view':
        this.#judge.learnAll(now, message.rumors, id, 'view');
        if (message.answer) this.#views.repair(now, member, false);
        break;
      case 'digest':
        if (message.digest !== this.digest) this.#views.repair(now, member, true);
        break;
    }
  }
}
