import { Origin } from './origin.js';
import { startOf, type ReplicaId } from './row.js';

/** How many replicas that are gone, and of which no row is left, are remembered for what this copy has seen of them. */
export const MAX_DEPARTED = 256;

/** What a copy knows of every replica's writes, its own first. */
export class Origins {
  readonly self: Origin;
  readonly #others = new Map<ReplicaId, Origin>();
  readonly #watch = { grown: [] as Origin[], ahead: [] as Origin[] };
  #digest = 0;

  constructor(id: ReplicaId) {
    this.self = new Origin(id, this.#watch);
  }

  get size(): number {
    return this.#others.size + 1;
  }

  find(id: ReplicaId): Origin | undefined {
    return id === this.self.id ? this.self : this.#others.get(id);
  }

  of(id: ReplicaId): Origin {
    const found = this.find(id);
    if (found !== undefined) return found;
    const origin = new Origin(id, this.#watch);
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

  /** The digest of what is known of each: their shares, added up. Costs what has changed since it was last asked for. */
  get digest(): number {
    const { grown } = this.#watch;
    for (const origin of grown) this.#digest = (this.#digest + origin.settle()) >>> 0;
    grown.length = 0;
    return this.#digest;
  }

  /** Those with an entry beyond what is known of them. Costs what has come since it was last asked for. */
  ahead(): readonly Origin[] {
    const { ahead } = this.#watch;
    let still = 0;
    for (const origin of ahead) if (origin.stillAhead()) ahead[still++] = origin;
    ahead.length = still;
    return ahead;
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
    const forgotten = gone.slice(0, Math.max(0, gone.length - MAX_DEPARTED));
    let { digest } = this;
    for (const { id, share } of forgotten) {
      this.#others.delete(id);
      digest = (digest - share) >>> 0;
    }
    this.#digest = digest;
  }
}
