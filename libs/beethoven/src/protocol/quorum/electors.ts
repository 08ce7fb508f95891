import type { Millis, NodeId } from '../terms.js';
import { Majority, isSameLine, outranks, tagOf, type Electorate } from './electorate.js';
import { PROMISE } from './lease-times.js';
import type { Ballot, ElectorMessage, Process, Proposal } from './messages.js';
import { byAge, hasMajority, succession, type Succession } from './succession.js';

/** How long a proposal may take before it is made again under a higher ballot (ms). */
const RETRY: Millis = 500;
/** How long every node of an electorate that lost its majority must be back before they found a new one (ms): longer than a death goes unnoticed. */
const ALL_BACK: Millis = 10_000;

export type ElectorEffect =
  | { readonly kind: 'send'; readonly to: Iterable<NodeId>; readonly message: ElectorMessage }
  /** Another electorate decides from now on. `isOtherLine`: what was held under the last one is void. */
  | { readonly kind: 'changed'; readonly isOtherLine: boolean };

/** A change of the electorate that this node proposes. */
interface Bid {
  readonly ballot: Ballot;
  readonly voters: ReadonlyMap<NodeId, Millis>;
  readonly until: Millis;
  /** What promises have shown to be accepted already: it goes first. */
  earlier: Proposal | undefined;
  readonly promises: Map<NodeId, Process>;
  readonly accepts: Map<NodeId, Process>;
  proposed: boolean;
}

/**
 * Who may vote under `keep-majority`. Each electorate decides its successor, by one round of Paxos with its own voters as acceptors: one voter
 * more or one less, so the side of a partition that has the majority takes the others out, and the minority can add nobody. Voters are
 * lives of nodes: one that restarts has forgotten what it accepted, and is a newcomer.
 *
 * A voter accepts a successor only when all its promises for slots were given under the present electorate. So when the next but one comes,
 * whose majority may share nobody with the first one's, no lease of the first stands any more.
 *
 * Source: Lamport, "Paxos Made Simple", 2001; one change at a time as in Ongaro's dissertation, 4.1, with leases in place of the log.
 */
export class Electors {
  #electorate: Electorate | undefined;
  #promised: Ballot = [0, ''];
  #accepted: Proposal | undefined;
  #bid: Bid | undefined;
  #live: ReadonlyMap<NodeId, Millis>;
  /** Since when each of them is known. */
  #liveSince: ReadonlyMap<NodeId, Millis>;
  /** The lives that leave, by id; those that are not live, or not yet, until the members change. */
  readonly #leaving = new Map<NodeId, Millis>();
  #since: Millis;
  #retryAt: Millis = 0;

  /** @param isBound whether this node's vote is promised for a slot under another electorate than that of the tag */
  constructor(
    private readonly self: Process,
    now: Millis,
    private readonly isBound: (now: Millis, tag: string) => boolean,
  ) {
    this.#since = now;
    this.#live = new Map([[self.id, self.life]]);
    this.#liveSince = new Map([[self.id, now]]);
  }

  get electorate(): Electorate | undefined {
    return this.#electorate;
  }

  /** Whether anybody else is there when this node goes. */
  get isAccompanied(): boolean {
    return this.#live.size > 1;
  }

  /** The voters that are not here, where those that are here are no majority. */
  get missing(): readonly NodeId[] {
    const voters = this.#electorate?.voters ?? new Map<NodeId, Millis>();
    if (hasMajority(voters, this.#live)) return [];
    return [...voters].filter(([id, life]) => this.#live.get(id) !== life).map(([id]) => id);
  }

  /** When {@link handleTime} has something to do. */
  get dueAt(): Millis {
    if (this.#isToFound()) return this.#foundsFrom;
    if (this.#bid !== undefined) return this.#bid.until;
    const next = this.#next();
    return next === undefined ? Infinity : Math.max(next.from, this.#retryAt);
  }

  /** @param live the members that this node takes for live, itself included */
  membersChanged(now: Millis, live: ReadonlyMap<NodeId, Millis>): readonly ElectorEffect[] {
    const isKnown = ([id, life]: [NodeId, Millis]): boolean => this.#live.get(id) === life;
    const isSame = live.size === this.#live.size && [...live].every(isKnown);
    if (!isSame) this.#since = now;
    this.#liveSince = new Map(
      [...live].map((one) => [one[0], isKnown(one) ? (this.#liveSince.get(one[0]) ?? now) : now]),
    );
    this.#live = live;
    for (const [id, life] of this.#leaving) if (live.get(id) !== life) this.#leaving.delete(id);
    return this.handleTime(now);
  }

  /** What a node that was just linked has to know. */
  greet(id: NodeId): readonly ElectorEffect[] {
    const effects: ElectorEffect[] = [];
    if (this.#electorate !== undefined) effects.push(this.#announce([id]));
    if (this.#leaving.has(this.self.id)) effects.push(this.#farewell([id]));
    return effects;
  }

  /** Asks to be taken out: a majority must not depend on who goes. */
  leave(now: Millis): readonly ElectorEffect[] {
    const others = [...this.#live.keys()].filter((id) => id !== this.self.id);
    return [this.#farewell(others), ...this.#left(now, this.self)];
  }

  handleTime(now: Millis): readonly ElectorEffect[] {
    if (this.#isToFound()) return now >= this.#foundsFrom ? this.#found(now) : [];
    if (this.#bid !== undefined && now < this.#bid.until) return [];
    this.#bid = undefined;
    return now >= this.#retryAt ? this.#propose(now) : [];
  }

  handleMessage(now: Millis, from: Process, message: ElectorMessage): readonly ElectorEffect[] {
    if (message.kind === 'electorate') return this.#told(now, from, message.electorate);
    if (message.kind === 'leaving') return this.#left(now, from);
    const electorate = this.#electorate;
    // One of the two is behind: whoever knows better says so.
    if (electorate === undefined || message.tag !== tagOf(electorate)) {
      return [{ kind: 'send', to: [from.id], message: this.#known() }];
    }
    const reply = (answer: ElectorMessage): readonly ElectorEffect[] => [
      { kind: 'send', to: [from.id], message: answer },
    ];
    const { tag, ballot } = message;
    const { life } = this.self;
    switch (message.kind) {
      case 'prepare':
        if (compare(ballot, this.#promised) <= 0) return [];
        this.#promised = ballot;
        return reply({ kind: 'promised', life, tag, ballot, earlier: this.#accepted });
      case 'propose':
        if (compare(ballot, this.#promised) < 0 || this.isBound(now, tag)) return [];
        this.#promised = ballot;
        this.#accepted = { ballot, voters: message.voters };
        return reply({ kind: 'accepted', life, tag, ballot });
      case 'promised':
        return this.#promisedBy(from, ballot, message.earlier, electorate);
      case 'accepted':
        return this.#acceptedBy(now, from, ballot, electorate);
    }
  }

  #promisedBy(
    from: Process,
    ballot: Ballot,
    earlier: Proposal | undefined,
    electorate: Electorate,
  ): readonly ElectorEffect[] {
    const bid = this.#bid;
    if (bid === undefined || compare(bid.ballot, ballot) !== 0 || bid.proposed) return [];
    bid.promises.set(from.id, from);
    if (earlier && (!bid.earlier || compare(earlier.ballot, bid.earlier.ballot) > 0))
      bid.earlier = earlier;
    if (!new Majority(electorate).isQuorum(bid.promises)) return [];
    bid.proposed = true;
    const { life } = this.self;
    const voters = this.#choice(bid);
    const tag = tagOf(electorate);
    return [
      {
        kind: 'send',
        to: electorate.voters.keys(),
        message: { kind: 'propose', life, tag, ballot, voters },
      },
    ];
  }

  #acceptedBy(
    now: Millis,
    from: Process,
    ballot: Ballot,
    electorate: Electorate,
  ): readonly ElectorEffect[] {
    const bid = this.#bid;
    if (bid === undefined || compare(bid.ballot, ballot) !== 0 || !bid.proposed) return [];
    bid.accepts.set(from.id, from);
    if (!new Majority(electorate).isQuorum(bid.accepts)) return [];
    const { version } = electorate;
    const effects = this.#adopt({ ...electorate, version: version + 1, voters: this.#choice(bid) });
    // Those that were taken out are told too, if they can be.
    const told = new Set([...electorate.voters.keys(), ...this.#live.keys()]);
    told.delete(this.self.id);
    return [...effects, this.#announce(told), ...this.#propose(now)];
  }

  #choice({ earlier, voters }: Bid): ReadonlyMap<NodeId, Millis> {
    return earlier?.voters ?? voters;
  }

  #told(now: Millis, from: Process, electorate: Electorate | undefined): readonly ElectorEffect[] {
    const own = this.#electorate;
    if (electorate !== undefined && (own === undefined || outranks(electorate, own))) {
      return [...this.#adopt(electorate), ...this.handleTime(now)];
    }
    if (own === undefined || (electorate !== undefined && tagOf(electorate) === tagOf(own))) {
      return [];
    }
    return [this.#announce([from.id])];
  }

  #left(now: Millis, { id, life }: Process): readonly ElectorEffect[] {
    this.#leaving.set(id, life);
    return this.handleTime(now);
  }

  #adopt(electorate: Electorate): readonly ElectorEffect[] {
    const last = this.#electorate;
    this.#electorate = electorate;
    this.#promised = [0, ''];
    this.#accepted = undefined;
    this.#bid = undefined;
    this.#retryAt = 0;
    const isOtherLine = last !== undefined && !isSameLine(last, electorate);
    return [{ kind: 'changed', isOtherLine }];
  }

  #found(now: Millis): readonly ElectorEffect[] {
    const { id, life } = this.self;
    const { generation: last = -1 } = this.#electorate ?? {};
    const generation = last + 1;
    const effects = this.#adopt({
      generation,
      foundedAt: now,
      founder: id,
      version: 1,
      voters: new Map([[id, life]]),
    });
    const others = [...this.#live.keys()].filter((other) => other !== id);
    return [...effects, this.#announce(others), ...this.#propose(now)];
  }

  #propose(now: Millis): readonly ElectorEffect[] {
    const electorate = this.#electorate;
    const next = this.#next();
    if (electorate === undefined || next === undefined || now < next.from) return [];
    const { voters } = next;
    const { id, life } = this.self;
    const ballot: Ballot = [this.#promised[0] + 1, id];
    const until = now + RETRY;
    const votes = { promises: new Map<NodeId, Process>(), accepts: new Map<NodeId, Process>() };
    this.#bid = { ballot, voters, until, earlier: undefined, ...votes, proposed: false };
    this.#retryAt = until;
    const tag = tagOf(electorate);
    return [
      {
        kind: 'send',
        to: electorate.voters.keys(),
        message: { kind: 'prepare', life, tag, ballot },
      },
    ];
  }

  #next(): Succession | undefined {
    if (this.#electorate === undefined) return undefined;
    const company = { live: this.#live, since: this.#liveSince, leaving: this.#leaving };
    return succession(this.#electorate.voters, company, this.self.id);
  }

  /**
   * Whether it is for this node to found an electorate: there is none, the last of its voters has left, or its majority has died, but every
   * node of it is here, in this life or another, so that nobody is left who could decide elsewhere.
   */
  #isToFound(): boolean {
    const voters = this.#electorate?.voters ?? new Map<NodeId, Millis>();
    if (hasMajority(voters, this.#live) || !this.#isEldest()) return false;
    return [...voters.keys()].every((id) => this.#live.has(id));
  }

  get #foundsFrom(): Millis {
    const { size } = this.#electorate?.voters ?? { size: 0 };
    return this.#since + (size === 0 ? PROMISE : ALL_BACK);
  }

  /** Of those who stay. */
  #isEldest(): boolean {
    const staying = [...this.#live].filter(([id, life]) => this.#leaving.get(id) !== life);
    const [eldest] = staying.toSorted(byAge);
    return eldest?.[0] === this.self.id;
  }

  #farewell(to: Iterable<NodeId>): ElectorEffect {
    return { kind: 'send', to, message: { kind: 'leaving', life: this.self.life } };
  }

  #announce(to: Iterable<NodeId>): ElectorEffect {
    return { kind: 'send', to, message: this.#known() };
  }

  #known(): ElectorMessage {
    return { kind: 'electorate', life: this.self.life, electorate: this.#electorate };
  }
}

function compare([a, aBy]: Ballot, [b, bBy]: Ballot): number {
  if (a !== b) return a - b;
  if (aBy === bBy) return 0;
  return aBy < bBy ? -1 : 1;
}
