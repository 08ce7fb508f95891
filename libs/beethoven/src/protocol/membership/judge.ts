import type { Incarnation, Millis, NodeId, PeerCard } from '../terms.js';
import type { Beliefs } from './beliefs.js';
import type { Effects } from './effects.js';
import type { Herald } from './herald.js';
import type { Dialer } from './dialer.js';
import type { Member } from './member.js';
import { EXPECTED_CONFIRMATIONS } from '../detector/suspicion.js';
import { ELDER_PATIENCE } from './membership-config.js';
import {
  isElder,
  isKnownLife,
  isLive,
  supersedes,
  type Departure,
  type Rumor,
} from './member-state.js';
import type { Roster } from './roster.js';

/** How this node came to know: its own link, news that are going round, or the whole view of a peer, old beliefs included. */
export type Source = 'hello' | 'gossip' | 'view';

/** The highest that a beat can carry. */
const MAX_PHASE = 0xffff_fffe;

/** Decides what to make of a rumour, and what to tell the others. */
export class Judge {
  constructor(
    private readonly roster: Roster,
    private readonly beliefs: Beliefs,
    private readonly herald: Herald,
    private readonly dialer: Dialer,
    private readonly effects: Effects,
  ) {}

  learnAll(now: Millis, rumors: readonly Rumor[], from: NodeId, source: Source): void {
    for (const rumor of rumors) this.learn(now, rumor, from, source);
  }

  learn(now: Millis, told: Rumor, from: NodeId, source: Source): void {
    const { card } = told;
    if (card.id === this.roster.self.id) return this.#hearOfSelf(now, told);
    const known = this.roster.get(card.id);
    const rumor = known === undefined ? told : asFarAsKnown(told, known);
    const { status } = rumor;
    if (known !== undefined) this.#hearOfPhase(now, known, rumor);
    if (known !== undefined && !supersedes(rumor, known.state)) {
      if (supersedes(known.state, rumor)) return;
      this.herald.heard(rumor);
      if (status === 'suspect') this.accuse(now, known, card, this.#accuser(rumor, from));
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
    const { card, status, age = 0, phase } = rumor;
    const before = this.roster.get(card.id)?.state;
    const member = this.beliefs.believe(now, card, status, Math.max(0, now - age), phase);
    if (member === undefined) return;
    if (status === 'suspect') this.#suspect(member, this.#accuser(rumor, from));
    if (!isLive(status) && !(before && isLive(before.status))) return; // a memory, and no news
    const joined = isLive(status) && !isKnownLife(before, card);
    if (joined) this.herald.introduce(now, rumor, from);
    else this.herald.pass(now, rumor);
    if (joined && !member.linked && source !== 'hello') this.#seekLink(now, member);
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
    const { doubts, state } = member;
    const { accusers } = doubts;
    const runs = state.status === 'suspect' && state.card.incarnation === card.incarnation;
    if (!runs) this.beliefs.believe(now, card, 'suspect', now);
    else if (accusers.includes(accuser) || accusers.length > EXPECTED_CONFIRMATIONS) {
      if (verdict === undefined) return;
    }
    if (verdict !== undefined) member.doubts = { ...member.doubts, verdict };
    this.#suspect(member, accuser, verdict !== undefined);
    const rumor: Rumor = { card, status: 'suspect', accuser, phase: member.state.phase };
    if (accuser === this.roster.self.id) this.herald.proclaim(now, rumor);
    else this.herald.pass(now, rumor);
  }

  #suspect(member: Member, accuser: NodeId, condemned = false): void {
    const { doubts } = member;
    const isKnown = doubts.accusers.includes(accuser);
    if (isKnown && !condemned) return;
    if (!isKnown) member.doubts = { ...doubts, accusers: [...doubts.accusers, accuser] };
    const { id, incarnation } = member.state.card;
    this.effects.accuse({ id, incarnation, accuser, condemned });
  }

  /** Its beats say whether its main thread runs, or others who have heard them. Whatever else is believed of it stays. */
  #hearOfPhase(now: Millis, known: Member, { card, phase = 0 }: Rumor): void {
    if (phase <= known.state.phase || !isKnownLife(known.state, card)) return;
    const { card: believed, status } = known.state;
    this.beliefs.believe(now, believed, status, now, phase);
    const [accuser] = known.doubts.accusers;
    const rumor: Rumor = { card: believed, status, phase, ...(accuser && { accuser }) };
    this.herald.pass(now, rumor);
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
  #hearOfSelf(now: Millis, { card, status, phase = 0 }: Rumor): void {
    const { incarnation, startedAt } = this.roster.self;
    // Whoever hears that it is stalled is not.
    const awake = phase + (phase % 2);
    if (card.startedAt === startedAt && awake > this.roster.phase && awake <= MAX_PHASE) {
      this.enter(now, awake);
    }
    if (card.incarnation < incarnation) return;
    const isTrue = status === 'alive' && card.startedAt === startedAt;
    if (isTrue && card.incarnation === incarnation) return;
    this.raise(now, card.incarnation + 1);
  }

  /** This node has contradicted, or does it now. */
  raise(now: Millis, incarnation: Incarnation): void {
    if (!Number.isSafeInteger(incarnation) || incarnation <= this.roster.self.incarnation) return;
    this.roster.self = { ...this.roster.self, incarnation };
    this.#proclaimSelf(now);
  }

  /** This node's own main thread has come out of a stall. */
  enter(now: Millis, phase: number): void {
    if (phase <= this.roster.phase) return;
    this.roster.phase = phase;
    this.#proclaimSelf(now);
  }

  #proclaimSelf(now: Millis): void {
    const { self: card, phase } = this.roster;
    this.effects.raise(card.incarnation, phase);
    this.herald.proclaim(now, { card, status: 'alive', phase });
  }

  /** The younger dials, so that two members do not call each other at once; the elder if nothing came of that. */
  #seekLink(now: Millis, member: Member): void {
    if (isElder(member.state.card, this.roster.self)) this.dialer.call(member);
    else this.dialer.callAfter(now, member, ELDER_PATIENCE);
  }
}

/** A goodbye comes from the member alone, so it outweighs what others conclude from its silence. */
function asFarAsKnown(told: Rumor, { state, doubts }: Member): Rumor {
  const hasSaidGoodbye = doubts.verdict === 'left' && isKnownLife(state, told.card);
  return told.status === 'down' && hasSaidGoodbye ? { ...told, status: 'left' } : told;
}
