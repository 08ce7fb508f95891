import type { Random } from '../random.js';
import type { Millis, NodeId, PeerCard } from '../terms.js';
import { PARTS, digestOf, hashOf, partOf } from './digest.js';
import { Member } from './member.js';
import { isLive, type MemberState, type Rumor } from './member-state.js';
import { Pool } from './pool.js';

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
  readonly #live: Pool<Member>;
  readonly #selfHash: number;
  #self: PeerCard;
  #links = 0;
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
    this.#live = new Pool(random);
    this.#selfHash = hashOf(self.id);
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
  get live(): Pool<Member> {
    return this.#live;
  }

  /** How many there are with a link, live or not. */
  get links(): number {
    return this.#links;
  }

  /** Those with a link, live or not. Looks at everyone. */
  *linked(): Iterable<Member> {
    for (const member of this.#members.values()) if (member.linked) yield member;
  }

  /** Live members, this node included. */
  get size(): number {
    return this.#live.size + 1;
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
    if (live && !wasLive && this.#live.size >= this.limits.live) return undefined;

    const member = known ?? new Member(state, hashOf(id));
    if (wasLive) this.#toggle(member.hash, member.state);
    if (live) this.#toggle(member.hash, state);
    member.state = state;
    if (known === undefined) this.#members.set(id, member);
    this.#version++;
    if (live) {
      this.#departed.delete(id);
      this.#live.add(member);
    } else {
      this.#live.delete(member);
      this.#departed.set(id, member);
      if (this.#departed.size > this.limits.departed) this.#forgetFirst();
    }
    return member;
  }

  /** @param card who said hello over it: of a life that others know to be over, perhaps */
  link(member: Member, card: PeerCard): void {
    if (!member.linked) this.#links++;
    member.link = card;
  }

  unlink(member: Member): void {
    if (member.linked) this.#links--;
    member.link = undefined;
  }

  /** Forgets those whose departure is too long ago to matter. */
  forgetOld(now: Millis): void {
    for (const [id, member] of this.#departed) {
      if (now - member.state.lastChange < this.limits.memory) return;
      if (!member.linked) this.#forget(id);
    }
  }

  /** What this node believes, itself included, to tell a peer: a list for each of these parts. */
  view(now: Millis, parts: readonly number[]): Rumor[][] {
    const lists = new Map(parts.map((part) => [part, [] as Rumor[]]));
    lists
      .get(partOf(this.#selfHash))
      ?.push({ card: this.#self, status: 'alive', phase: this.#phase });
    for (const { state, hash } of this.#members.values()) {
      lists.get(partOf(hash))?.push(rumorOf(now, state));
    }
    return [...lists.values()];
  }

  #toggleSelf(): void {
    this.#toggle(this.#selfHash, { card: this.#self, status: 'alive', phase: this.#phase });
  }

  /** Puts a belief into the digests, or takes it out again. */
  #toggle(hash: number, belief: Omit<MemberState, 'lastChange'>): void {
    const digest = digestOf(hash, belief);
    const part = partOf(hash);
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

function rumorOf(now: Millis, { card, status, phase, lastChange }: MemberState): Rumor {
  return isLive(status) ? { card, status, phase } : { card, status, age: now - lastChange };
}
