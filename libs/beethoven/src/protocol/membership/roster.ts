import type { Random } from '../random.js';
import type { Millis, NodeId, PeerCard } from '../terms.js';
import { PARTS, digestOf, partOf } from './digest.js';
import type { Member } from './member.js';
import { isLive, type MemberState, type Rumor } from './member-state.js';
import { ProbeRing } from './probe-ring.js';

export interface RosterLimits {
  /** Live members; a newcomer beyond them is ignored. */
  readonly live: number;
  /** Members remembered after they departed, so that an old rumour cannot bring them back. The first to depart is the first forgotten. */
  readonly departed: number;
  /** How long they are remembered (ms). */
  readonly memory: Millis;
}

/** Everyone this node knows of. What it costs to look somebody up, or to change one belief, does not depend on how many there are. */
export class Roster {
  readonly #members = new Map<NodeId, Member>();
  readonly #departed = new Map<NodeId, Member>();
  readonly #linked = new Set<Member>();
  readonly #ring: ProbeRing<Member>;
  #self: PeerCard;
  #phase = 0;
  #digest = 0;
  /** The same of each part of the view. */
  readonly #digests = new Uint32Array(PARTS);
  #version = 0;

  constructor(
    random: Random,
    self: PeerCard,
    private readonly limits: RosterLimits,
  ) {
    this.#ring = new ProbeRing(random);
    this.#self = self;
    this.#toggleSelf();
  }

  get self(): PeerCard {
    return this.#self;
  }

  set self(card: PeerCard) {
    this.#toggleSelf();
    this.#self = card;
    this.#toggleSelf();
    this.#version++;
  }

  /** How often this node has fallen into a stall or come out of one. */
  get phase(): number {
    return this.#phase;
  }

  set phase(phase: number) {
    this.#toggleSelf();
    this.#phase = phase;
    this.#toggleSelf();
    this.#version++;
  }

  /** The other live members, to pick some at random. */
  get ring(): ProbeRing<Member> {
    return this.#ring;
  }

  /** Those with a link, live or not. */
  get linked(): ReadonlySet<Member> {
    return this.#linked;
  }

  /** Live members, this node included. */
  get size(): number {
    return this.#ring.size + 1;
  }

  /** Equal on nodes that believe the same of the live members. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  /** The same of each part of the view: see {@link partOf}. */
  get digests(): readonly number[] {
    return [...this.#digests];
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Something changed that the roster does not keep. */
  touch(): void {
    this.#version++;
  }

  get(id: NodeId): Member | undefined {
    return this.#members.get(id);
  }

  /** All of them, the departed included, this node not. */
  states(): MemberState[] {
    return Array.from(this.#members.values(), ({ state }) => state);
  }

  /** Takes a belief over. `undefined`, and nothing changed, where there is no room for one more. */
  put(state: MemberState): Member | undefined {
    const { id } = state.card;
    const live = isLive(state.status);
    const known = this.#members.get(id);
    const wasLive = known !== undefined && isLive(known.state.status);
    if (live && !wasLive && this.#ring.size >= this.limits.live) return undefined;

    const member = known ?? newcomer(state);
    if (wasLive) this.#toggle(member.state);
    if (live) this.#toggle(state);
    member.state = state;
    this.#members.set(id, member);
    this.#version++;
    if (live) {
      this.#departed.delete(id);
      this.#ring.add(member);
    } else {
      this.#ring.delete(member);
      this.#departed.set(id, member);
      if (this.#departed.size > this.limits.departed) this.#forgetFirst();
    }
    return member;
  }

  link(member: Member): void {
    member.linked = true;
    member.linkedLife = member.state.card.startedAt;
    this.#linked.add(member);
  }

  unlink(member: Member): void {
    member.linked = false;
    this.#linked.delete(member);
  }

  /** Forgets those whose departure is too long ago to matter. */
  forgetOld(now: Millis): void {
    for (const [id, member] of this.#departed) {
      if (now - member.state.lastChange < this.limits.memory) return;
      if (!member.linked) this.#forget(id);
    }
  }

  /** What this node believes, itself included, to tell a peer: these parts of it. */
  view(now: Millis, parts: readonly number[]): Rumor[] {
    const chosen = new Set(parts);
    const isChosen = ({ id }: PeerCard): boolean => chosen.has(partOf(id));
    const rumors: Rumor[] = isChosen(this.#self)
      ? [{ card: this.#self, status: 'alive', phase: this.#phase }]
      : [];
    for (const { state } of this.#members.values()) {
      const { card, status, phase, lastChange } = state;
      if (!isChosen(card)) continue;
      rumors.push(
        isLive(status) ? { card, status, phase } : { card, status, age: now - lastChange },
      );
    }
    return rumors;
  }

  #toggleSelf(): void {
    this.#toggle({ card: this.#self, status: 'alive', phase: this.#phase });
  }

  /** Puts a belief into the digests, or takes it out again. */
  #toggle(belief: Omit<MemberState, 'lastChange'>): void {
    const digest = digestOf(belief);
    const part = partOf(belief.card.id);
    this.#digest ^= digest;
    this.#digests[part] = (this.#digests[part] ?? 0) ^ digest;
  }

  #forgetFirst(): void {
    for (const [id, { linked }] of this.#departed) if (!linked) return this.#forget(id);
  }

  #forget(id: NodeId): void {
    this.#departed.delete(id);
    this.#members.delete(id);
    this.#version++;
  }
}

function newcomer(state: MemberState): Member {
  return {
    state,
    linked: false,
    linkedLife: undefined,
    lostLink: false,
    redial: undefined,
    release: undefined,
    accusers: [],
    verdict: undefined,
  };
}
