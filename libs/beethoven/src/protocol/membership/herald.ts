import type { Millis, NodeId } from '../terms.js';
import type { Effects, MembershipTimer } from './effects.js';
import { GossipQueue } from './gossip-queue.js';
import type { Member } from './member.js';
import {
  FANOUT,
  FIRST_TO_KNOW,
  GOSSIP_CAPACITY,
  GOSSIP_INTERVAL,
  MENTION_DISCOUNT,
  RETRANSMIT_MULTIPLIER,
  RUMORS_PER_GOSSIP,
  SMALL_CLUSTER,
} from './membership-config.js';
import type { Rumor } from './member-state.js';
import type { Roster } from './roster.js';

/** Spreads news: what this node found out itself at once, what it only heard bit by bit. */
export class Herald {
  readonly #queue = new GossipQueue(GOSSIP_CAPACITY);
  #timer: MembershipTimer | undefined;

  constructor(
    private readonly roster: Roster,
    private readonly effects: Effects,
  ) {}

  /** Tells what this node found out. In a large cluster a few members hear it at once, and pass it on. */
  proclaim(now: Millis, rumor: Rumor): void {
    if (this.roster.size <= SMALL_CLUSTER) return this.tellEveryone(rumor);
    this.#tell(this.#withSubject(rumor), [rumor]);
    this.pass(now, rumor);
  }

  /**
   * There is a newcomer. It calls everyone whom it learns of, and so tells most of a large cluster itself; in a small one
   * all shall know it at once.
   * @param from Who says so.
   */
  introduce(now: Millis, rumor: Rumor, from: NodeId): void {
    const isSmall = this.roster.size <= SMALL_CLUSTER;
    if (isSmall && from === rumor.card.id) this.tellEveryone(rumor);
    else this.#pass(now, rumor, isSmall ? 0 : MENTION_DISCOUNT * this.#decades);
  }

  /** Somebody else tells what this node may be about to tell. */
  heard(rumor: Rumor): void {
    if (this.#queue.size > 0) this.#queue.heard(rumor, this.#limit);
  }

  /** Tells every member that a link leads to. */
  tellEveryone(rumor: Rumor): void {
    const ids: NodeId[] = [];
    for (const { id } of this.roster.linked()) {
      // The subject as well, because it may contradict; but not that it is alive.
      if (id !== rumor.card.id || rumor.status !== 'alive') ids.push(id);
    }
    this.#tell(ids, [rumor]);
  }

  /** Passes on what was heard, in rounds of gossip. */
  pass(now: Millis, rumor: Rumor): void {
    this.#pass(now, rumor, 0);
  }

  handleTimer(now: Millis, timer: MembershipTimer): void {
    if (timer !== this.#timer) return;
    this.#timer = undefined;
    // With nobody to tell there is nothing to keep: whoever links next is sent a view or a digest.
    if (this.roster.links === 0) this.#queue.clear();
    if (this.#queue.size === 0) return;
    const rumors = this.#queue.take(RUMORS_PER_GOSSIP, FANOUT, this.#limit);
    this.#tell(this.#some(FANOUT), rumors);
    if (this.#queue.size > 0) this.#arm(now);
  }

  #pass(now: Millis, rumor: Rumor, told: number): void {
    this.#queue.add(rumor, told);
    if (this.#timer === undefined) this.#arm(now);
  }

  #some(count: number): NodeId[] {
    return this.roster.live.sample(count, isLinked).map(({ id }) => id);
  }

  #withSubject(rumor: Rumor): NodeId[] {
    const ids = this.#some(FIRST_TO_KNOW);
    if (ids.includes(rumor.card.id)) return ids;
    const subject = this.roster.get(rumor.card.id);
    return subject?.linked ? [...ids, rumor.card.id] : ids;
  }

  #tell(ids: readonly NodeId[], rumors: readonly Rumor[]): void {
    this.effects.send(ids, { kind: 'rumors', rumors });
  }

  get #limit(): number {
    return RETRANSMIT_MULTIPLIER * this.#decades;
  }

  get #decades(): number {
    return Math.ceil(Math.log10(this.roster.size + 1));
  }

  #arm(now: Millis): void {
    this.#timer = { kind: 'gossip', due: now + GOSSIP_INTERVAL };
    this.effects.timer(now, this.#timer);
  }
}

function isLinked({ linked }: Member): boolean {
  return linked;
}
