import { mix } from './digest.js';
import { Origin } from './origin.js';
import { startOf, type ReplicaId } from './row.js';

/** How many replicas that are gone, and of which no row is left, are remembered for what this copy has seen of them. */
export const MAX_DEPARTED = 256;

/** What a copy knows of every replica's writes, its own first. */
export class Origins {
  readonly #others = new Map<ReplicaId, Origin>();

  constructor(readonly self: Origin) {}

  get size(): number {
    return this.#others.size + 1;
  }

  find(id: ReplicaId): Origin | undefined {
    return id === this.self.id ? this.self : this.#others.get(id);
  }

  of(id: ReplicaId): Origin {
    const found = this.find(id);
    if (found !== undefined) return found;
    const origin = new Origin(id);
    this.#others.set(id, origin);
    return origin;
  }

  *all(): IterableIterator<Origin> {
    yield this.self;
    yield* this.#others.values();
  }

  /** One number of each, but for zeros. */
  vector(numberOf: (origin: Origin) => number): Map<ReplicaId, number> {
    const vector = new Map<ReplicaId, number>();
    for (const origin of this.all()) {
      const seq = numberOf(origin);
      if (seq > 0) vector.set(origin.id, seq);
    }
    return vector;
  }

  /** The digest of what is known of each, without making the vector of it. */
  get digest(): number {
    let sum = shareOf(this.self);
    for (const origin of this.#others.values()) sum = (sum + shareOf(origin)) >>> 0;
    return sum;
  }

  /**
   * Forgets the oldest of those that are gone, beyond the limit. Rows of theirs that were replaced in the meantime are taken for new,
   * should somebody who was away for so long come back with them.
   */
  prune(members: ReadonlySet<ReplicaId>): void {
    const surplus = this.#others.size - members.size - MAX_DEPARTED;
    if (surplus <= 0) return;
    const gone = [...this.#others.values()]
      .filter(({ id, last }) => last === undefined && !members.has(id))

      .toSorted((a, b) => startOf(a.id) - startOf(b.id) || (a.id < b.id ? -1 : 1));
    for (const { id } of gone.slice(0, Math.max(0, gone.length - MAX_DEPARTED))) {
      this.#others.delete(id);
    }
  }
}

const shareOf = ({ hash, known }: Origin): number => (known > 0 ? mix(hash, known) : 0);
