import { integerBetween, type Random } from '../random.js';
import type { Millis, NodeId } from '../terms.js';
import { spread } from '../spread.js';
import { beatKey } from './beat.js';
import { Peer, type Watch } from './peer.js';

/** How many are looked at for each one that is to be picked. */
const LOOKS_PER_PICK = 16;

/** The members that are watched, and the order in which they are asked. */
export class Peers {
  /** By key: in the same order on every node, and found by bisection, for few are looked for in a second. */
  readonly #order: Peer[] = [];
  /** The keys in the same order; the places behind the last are spare. */
  #keys = new Float64Array(16);

  /** @param self {@link beatKey} of this node's own id */
  constructor(
    private readonly random: Random,
    private readonly self: number,
  ) {}

  get size(): number {
    return this.#order.length;
  }

  get(id: NodeId): Peer | undefined {
    const key = beatKey(id);
    // Two members may share a key, though not in this universe.
    for (let place = this.#placeOf(key); this.#keys[place] === key; place++) {
      const peer = this.#order[place];
      if (peer === undefined || peer.id === id) return peer;
    }
    return undefined;
  }

  /** @param key {@link beatKey} of its id. */
  byKey(key: number): Peer | undefined {
    const place = this.#placeOf(key);
    return this.#keys[place] === key ? this.#order[place] : undefined;
  }

  add(now: Millis, watch: Watch): void {
    const key = beatKey(watch.card.id);
    const place = this.#placeOf(key);
    const { length } = this.#order;
    if (length === this.#keys.length) this.#grow();
    this.#keys.copyWithin(place + 1, place, length);
    this.#keys[place] = key;
    this.#order.splice(place, 0, new Peer(watch, now));
  }

  delete(peer: Peer): void {
    const place = this.#order.indexOf(peer, this.#placeOf(peer.key));
    if (place < 0) return;
    this.#keys.copyWithin(place, place + 1, this.#order.length);
    this.#order.splice(place, 1);
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

  /** The place of the first with this key, or where it would be. */
  #placeOf(key: number): number {
    const keys = this.#keys;
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] ?? Infinity) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
  }
}
