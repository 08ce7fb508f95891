import type { Incarnation, Millis, NodeId, PeerCard } from '../terms.js';
import type { Beliefs } from './beliefs.js';
import type { Effects } from './effects.js';
import type { Herald } from './herald.js';
import type { Member } from './member.js';
import { ELDER_PATIENCE } from './membership-config.js';
import { isKnownLife, isLive, supersedes, type Departure, type Rumor } from './member-state.js';
import type { Prober } from './prober.js';
import type { Roster } from './roster.js';
import type { Suspicions } from './suspicions.js';

/** How this node came to know: its own link, news that are going round, or the whole view of a peer, old beliefs included. */
export type Source = 'hello' | 'gossip' | 'view';

/** Decides what to make of a rumour, and what to tell the others. */
export class Judge {
  constructor(
    private readonly roster: Roster,
    private readonly beliefs: Beliefs,
    private readonly suspicions: Suspicions,
    private readonly herald: Herald,
    private readonly prober: Prober,
    private readonly effects: Effects,
  ) {}

  learnAll(now: Millis, rumors: readonly Rumor[], from: NodeId, source: Source): void {
    for (const rumor of rumors) this.learn(now, rumor, from, source);
  }

  learn(now: Millis, rumor: Rumor, from: NodeId, source: Source): void {
    const { card, status } = rumor;
    if (card.id === this.roster.self.id) return this.#hearOfSelf(now, rumor);
    const known = this.roster.get(card.id);
    if (known !== undefined && !supersedes(rumor, known.state)) {
      if (status === 'suspect' && !supersedes(known.state, rumor)) {
        this.accuse(now, known, card, this.#accuser(rumor, from));
      }
      return;
    }
    if (known !== undefined && status === 'suspect' && isKnownLife(known.state, card)) {
      return this.accuse(now, known, card, this.#accuser(rumor, from));
    }
    if (known !== undefined && !isLive(status) && this.#isHearsay(known, rumor, from, source)) {
      return this.accuse(now, known, card, from, status);
    }
    this.#takeOver(now, rumor, from, source);
  }

  /** A belief that needs no second thought. */
  #takeOver(now: Millis, rumor: Rumor, from: NodeId, source: Source): void {
    const { card, status, age = 0 } = rumor;
    const before = this.roster.get(card.id)?.state;
    const member = this.beliefs.believe(now, card, status, Math.max(0, now - age));
    if (member === undefined) return;
    if (status === 'suspect') {
      this.suspicions.begin(now, member, this.#accuser(rumor, from), this.roster.size);
    }
    if (!isLive(status) && !(before && isLive(before.status))) return; // a memory, and no news
    const joined = isLive(status) && !isKnownLife(before, card);
    if (joined && from === card.id) this.herald.proclaim(now, rumor);
    else this.herald.pass(now, rumor);
    if (joined && !member.linked && source !== 'hello') this.#seekLink(now, card);
  }

  /**
   * Whether a peer may be wrong about a member that departed, as we see it alive: it may have been cut off from it, or tell an
   * old story. The member gets its chance to contradict.
   */
  #isHearsay(member: Member, { card }: Rumor, from: NodeId, source: Source): boolean {
    const { state, linked } = member;
    if (!isKnownLife(state, card) || from === card.id) return false;
    return source === 'view' || (linked && state.status === 'alive');
  }

  /** Who accuses, if it is a member: made-up names must not shorten a suspicion. */
  #accuser({ accuser }: Rumor, from: NodeId): NodeId {
    const isMember =
      accuser === this.roster.self.id || (accuser && this.roster.get(accuser) !== undefined);
    return accuser !== undefined && isMember ? accuser : from;
  }

  /** @param verdict What the accuser is sure of, where it is more than a suspicion. */
  accuse(now: Millis, member: Member, card: PeerCard, accuser: NodeId, verdict?: Departure): void {
    const { suspicion, state } = member;
    const runs = suspicion !== undefined && state.card.incarnation === card.incarnation;
    if (runs) {
      if (!this.suspicions.confirm(now, member, accuser) && verdict === undefined) return;
    } else {
      this.beliefs.believe(now, card, 'suspect', now);
      this.suspicions.begin(now, member, accuser, this.roster.size);
    }
    if (verdict !== undefined && member.suspicion) member.suspicion.verdict = verdict;
    const rumor: Rumor = { card, status: 'suspect', accuser };
    if (accuser === this.roster.self.id) this.herald.proclaim(now, rumor);
    else this.herald.pass(now, rumor);
    if (!runs && accuser !== this.roster.self.id) this.prober.check(now, member);
  }

  /** A verdict of this node. */
  pronounce(now: Millis, { state }: Member, verdict: Departure): void {
    const { card } = state;
    this.herald.proclaim(now, { card, status: verdict });
    this.beliefs.believe(now, card, verdict, now);
  }

  /**
   * The end of a link, which everyone with a link to the member witnesses in the same instant. Were each to tell all the others, the
   * survivors would be busy with each other when roles have to move: it is passed on, for those without a link.
   */
  witness(now: Millis, { state }: Member, departure: Departure): void {
    const { card } = state;
    this.herald.pass(now, { card, status: departure });
    this.beliefs.believe(now, card, departure, now);
  }

  /** Nobody but this node may say that it lives, and it says so with an incarnation that beats the rumour. */
  #hearOfSelf(now: Millis, { card, status }: Rumor): void {
    const { incarnation, startedAt } = this.roster.self;
    if (card.incarnation < incarnation) return;
    const isTrue = status === 'alive' && card.startedAt === startedAt;
    if (isTrue && card.incarnation === incarnation) return;
    this.#raise(now, card.incarnation + 1);
  }

  #raise(now: Millis, incarnation: Incarnation): void {
    if (!Number.isSafeInteger(incarnation)) return;
    this.roster.self = { ...this.roster.self, incarnation };
    this.effects.raise(incarnation);
    this.herald.proclaim(now, { card: this.roster.self, status: 'alive' });
  }

  /** The younger dials, so that two members do not call each other at once; the elder if nothing came of that. */
  #seekLink(now: Millis, { id, startedAt }: PeerCard): void {
    const { self } = this.roster;
    const isYounger = self.startedAt > startedAt || (self.startedAt === startedAt && self.id > id);
    if (isYounger) this.effects.connect(id);
    else this.effects.timer(now, { kind: 'dial', due: now + ELDER_PATIENCE, member: id });
  }
}
