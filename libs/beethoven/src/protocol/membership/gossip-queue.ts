import type { NodeId } from '../terms.js';
import type { Rumor } from './member-state.js';

/** A rumour in the ring of those that were told as often; the ring's head is one without a rumour. */
class Entry {
  #newer: Entry = this;
  #older: Entry = this;

  constructor(
    readonly rumor: Rumor | undefined,
    public told: number,
  ) {}

  get newer(): Entry {
    return this.#newer;
  }

  get older(): Entry {
    return this.#older;
  }

  /** Becomes the newest of the ring. */
  join(head: Entry): void {
    this.#newer = head;
    this.#older = head.#older;
    head.#older.#newer = this;
    head.#older = this;
  }

  /** Into a ring of its own: what is over keeps nobody else in memory. */
  leave(): void {
    this.#newer.#older = this.#older;
    this.#older.#newer = this.#newer;
    this.#newer = this;
    this.#older = this;
  }
}

/**
 * Rumours on their way through the cluster, at most one for each member, the least told first, and of those the newest. Each is
 * told a number of times that grows with the logarithm of the cluster, after which nearly everyone has heard it; digests find the
 * rest. To hear it from somebody else counts as well: the more tell it, the less it needs telling.
 *
 * Source: Demers and others, "Epidemic Algorithms for Replicated Database Maintenance", 1987, section 1.4 (counter and feedback).
 */
export class GossipQueue {
  readonly #entries = new Map<NodeId, Entry>();
  /** The heads of the rings, by how often their rumours have been told. */
  readonly #heads: Entry[] = [];

  /** @param capacity Rumours kept; beyond it the one told most often is given up. */
  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes the place of what was told of the same member before.
   * @param told How often it counts as told already.
   */
  add(rumor: Rumor, told = 0): void {
    const known = this.#entries.get(rumor.card.id);
    if (known !== undefined) known.leave();
    else if (this.size >= this.capacity) this.#giveUpOne();
    const entry = new Entry(rumor, told);
    entry.join(this.#head(told));
    this.#entries.set(rumor.card.id, entry);
  }

  /** Somebody else has told it. `limit` as for {@link take}. */
  heard({ card, status }: Rumor, limit: number): void {
    const entry = this.#entries.get(card.id);
    const own = entry?.rumor;
    if (own?.status !== status || own.card.incarnation !== card.incarnation) return;
    if (entry !== undefined) this.#tell(entry, 1, limit);
  }

  /**
   * The rumours to put on the next message.
   * @param copies How many members the message goes to.
   * @param limit How often a rumour is told before it is done.
   */
  take(max: number, copies: number, limit: number): Rumor[] {
    const taken: Entry[] = [];
    for (const head of this.#heads) {
      for (let entry = head.older; entry !== head && taken.length < max; entry = entry.older) {
        taken.push(entry);
      }
    }
    // The newest goes last, and is the newest again where it goes.
    for (const entry of taken.toReversed()) this.#tell(entry, copies, limit);
    return taken.flatMap(({ rumor }) => rumor ?? []);
  }

  clear(): void {
    this.#heads.length = 0;
    this.#entries.clear();
  }

  #tell(entry: Entry, times: number, limit: number): void {
    entry.told += times;
    if (entry.told >= limit) return this.#remove(entry);
    entry.leave();
    entry.join(this.#head(entry.told));
  }

  #head(told: number): Entry {
    while (this.#heads.length <= told) this.#heads.push(new Entry(undefined, this.#heads.length));
    return this.#heads[told] as Entry;
  }

  #remove(entry: Entry): void {
    entry.leave();
    if (entry.rumor !== undefined) this.#entries.delete(entry.rumor.card.id);
  }

  #giveUpOne(): void {
    const head = this.#heads.findLast((ring) => ring.newer !== ring);
    if (head !== undefined) this.#remove(head.newer); // the ring is closed
  }
}
