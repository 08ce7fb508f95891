import { integerBetween, type Random } from '../random.js';
import type { Millis, NodeId } from '../terms.js';
import { spread } from '../spread.js';
import { beatKey } from './beat.js';
import { Peer, type Watch } from './peer.js';

/** How many are looked at for each one that is to be picked. */
const LOOKS_PER_PICK = 16;

const FIRST_CAPACITY = 16;

/** The members that are watched, and the order in which they are asked. */
export class Peers {
  readonly #peers: (Peer | undefined)[] = [];
  /** Which of them are nobody. */
  readonly #free: number[] = [];
  /**
   * Which they are, by key: in the same order on every node, and found by bisection, for few are looked for in a second. In columns, which are
   * moved for a newcomer at the speed of memory.
   */
  #order = new Int32Array(FIRST_CAPACITY);
  /** The keys in the same order; the places behind the last are spare. */
  #keys = new Float64Array(FIRST_CAPACITY);
  #size = 0;

  /** @param self {@link beatKey} of this node's own id */
  constructor(
    private readonly random: Random,
    private readonly self: number,
  ) {}

  get size(): number {
    return this.#size;
  }

  get(id: NodeId): Peer | undefined {
    const key = beatKey(id);
    // Two members may share a key, though not in this universe.
    for (let place = this.#placeOf(key); this.#keys[place] === key; place++) {
      const peer = this.#at(place);
      if (peer === undefined || peer.id === id) return peer;
    }
    return undefined;
  }

  /** @param key {@link beatKey} of its id. */
  byKey(key: number): Peer | undefined {
    const place = this.#placeOf(key);
    return this.#keys[place] === key ? this.#at(place) : undefined;
  }

  *all(): Iterable<Peer> {
    for (const peer of this.#peers) if (peer !== undefined) yield peer;
  }

  add(now: Millis, watch: Watch): void {
    const key = beatKey(watch.card.id);
    const place = this.#placeOf(key);
    if (this.#size === this.#keys.length) this.#grow();
    this.#keys.copyWithin(place + 1, place, this.#size);
    this.#order.copyWithin(place + 1, place, this.#size);
    const free = this.#free.pop() ?? this.#peers.length;
    this.#peers[free] = new Peer(watch, now);
    this.#keys[place] = key;
    this.#order[place] = free;
    this.#size++;
  }

  delete(peer: Peer): void {
    let place = this.#placeOf(peer.key);
    while (place < this.#size && this.#at(place) !== peer) place++;
    if (place === this.#size) return;
    const free = this.#order[place] as number;
    this.#peers[free] = undefined;
    this.#free.push(free);
    this.#keys.copyWithin(place, place + 1, this.#size);
    this.#order.copyWithin(place, place + 1, this.#size);
    this.#size--;
  }

  /**
   * Whom this node shows in a turn that it is there. Seen as a ring, everyone beats for the one who is so many places further, by a number that changes
   * at random with the turn and is the same for all: so everyone hears of exactly one other in each turn, and knows of whom.
   *
   * @param turn the number of the turn, the same on all nodes whose clocks agree
   */
  listenerIn(turn: number): Peer | undefined {
    const size = this.#size;
    // The members of the ring are these and this node itself, which is in front of its place.
    return this.#at((this.#placeOf(this.self) + (spread(turn) % size)) % size);
  }

  /** Who shows this node in a turn that it is there: whose {@link listenerIn} this node is, where views and clocks agree. */
  beaterIn(turn: number): Peer | undefined {
    const size = this.#size;
    return this.#at((this.#placeOf(this.self) + size - 1 - (spread(turn) % size)) % size);
  }

  /** Some that may be asked about the target. Looks at a bounded stretch, and so may find fewer than there are. */
  others(target: Peer, count: number): Peer[] {
    const size = this.#size;
    const found: Peer[] = [];
    if (size === 0) return found;
    const start = integerBetween(this.random, 0, size - 1);
    const stretch = Math.min(size, LOOKS_PER_PICK * count);
    for (let i = 0; i < stretch && found.length < count; i++) {
      const peer = this.#at((start + i) % size);
      if (peer && peer !== target && peer.suspicion === undefined) found.push(peer);
    }
    return found;
  }

  /** The place of the first with this key, or where it would be. */
  #placeOf(key: number): number {
    const keys = this.#keys;
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] ?? Infinity) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Nobody behind the last, nor where nobody is watched: the place is no number then. */
  #at(place: number): Peer | undefined {
    return place < this.#size ? this.#peers[this.#order[place] as number] : undefined;
  }

  #grow(): void {
    const capacity = 2 * this.#keys.length;
    const [keys, order] = [new Float64Array(capacity), new Int32Array(capacity)];
    keys.set(this.#keys);
    order.set(this.#order);
    [this.#keys, this.#order] = [keys, order];
  }
}
