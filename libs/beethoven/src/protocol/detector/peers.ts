import { integerBetween, type Random } from '../random.js';
import type { Millis, NodeId } from '../terms.js';
import { spread } from '../spread.js';
import { beatKey } from './beat.js';
import type { Peer, Watch } from './peer.js';

/** How many are looked at for each one that is to be picked. */
const LOOKS_PER_PICK = 16;

/** The members that are watched, and the order in which they are asked. */
export class Peers {
  readonly #byId = new Map<NodeId, Peer>();
  readonly #byKey = new Map<number, Peer>();
  /** By key: in the same order on every node. */
  readonly #order: Peer[] = [];

  /** @param self {@link beatKey} of this node's own id */
  constructor(
    private readonly random: Random,
    private readonly self: number,
  ) {}

  get size(): number {
    return this.#byId.size;
  }

  get(id: NodeId): Peer | undefined {
    return this.#byId.get(id);
  }

  /** @param key {@link beatKey} of its id. */
  byKey(key: number): Peer | undefined {
    return this.#byKey.get(key);
  }

  add(now: Millis, { id, startedAt, incarnation, phase }: Watch): void {
    const peer: Peer = {
      id,
      key: beatKey(id),
      startedAt,
      incarnation,
      phase,
      heardAt: now,
      sendsDatagrams: undefined,
      lostDatagrams: 0,
      beatsByLink: 0,
      suspicion: undefined,
    };
    this.#byId.set(id, peer);
    this.#byKey.set(peer.key, peer);
    this.#order.splice(this.#placeOf(peer.key), 0, peer);
  }

  delete(peer: Peer): void {
    this.#byId.delete(peer.id);
    if (this.#byKey.get(peer.key) === peer) this.#byKey.delete(peer.key);
    const place = this.#order.indexOf(peer, this.#placeOf(peer.key));
    if (place >= 0) this.#order.splice(place, 1);
  }

  /**
   * Whom this node shows in a turn that it is there. Seen as a ring, everyone beats for the one who is so many places further, by a number that changes
   * at random with the turn and is the same for all: so everyone hears of exactly one other in each turn, and knows of whom.
   *
   * @param turn the number of the turn, the same on all nodes whose clocks agree
   */
  listenerIn(turn: number): Peer | undefined {
    const { length } = this.#order;
    // The members of the ring are these and this node itself, which is in front of its place.
    return this.#order[(this.#placeOf(this.self) + (spread(turn) % length)) % length];
  }

  /** Who shows this node in a turn that it is there: whose {@link listenerIn} this node is, where views and clocks agree. */
  beaterIn(turn: number): Peer | undefined {
    const { length } = this.#order;
    return this.#order[(this.#placeOf(this.self) + length - 1 - (spread(turn) % length)) % length];
  }

  /** Some that may be asked about the target. Looks at a bounded stretch, and so may find fewer than there are. */
  others(target: Peer, count: number): Peer[] {
    const order = this.#order;
    const found: Peer[] = [];
    if (order.length === 0) return found;
    const start = integerBetween(this.random, 0, order.length - 1);
    const stretch = Math.min(order.length, LOOKS_PER_PICK * count);
    for (let i = 0; i < stretch && found.length < count; i++) {
      const peer = order[(start + i) % order.length];
      if (peer && peer !== target && peer.suspicion === undefined) found.push(peer);
    }
    return found;
  }

  /** Where the key is in the order, or would be. */
  #placeOf(key: number): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#order[middle]?.key ?? Infinity) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
