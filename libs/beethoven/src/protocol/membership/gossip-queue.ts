import type { NodeId } from '../terms.js';
import type { Rumor } from './member-state.js';

/**
 * Rumours on their way through the cluster, at most one for each member, the least told first, and of
 * those the newest. Each is told a number of
 * times that grows with the logarithm of the cluster, after which nearly everyone has heard it; digests find the rest.
 */
export class GossipQueue {
  /** Rumours by how often they have been told. */
  readonly #levels: Map<NodeId, Rumor>[] = [];
  readonly #levelOf = new Map<NodeId, number>();

  /** @param capacity Rumours kept; beyond it the one told most often is given up. */
  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.#levelOf.size;
  }

  /** Takes the place of what was told of the same member before. */
  add(rumor: Rumor): void {
    this.#remove(rumor.card.id);
    if (this.size >= this.capacity) this.#giveUpOne();
    this.#put(0, rumor);
  }

  /**
   * The rumours to put on the next message.
   * @param copies How many members the message goes to.
   * @param limit How often a rumour is told before it is done.
   */
  take(max: number, copies: number, limit: number): Rumor[] {
    const taken: { readonly rumor: Rumor; readonly told: number }[] = [];
    for (const [level, rumors] of this.#levels.entries()) {
      if (taken.length === max) break;
      const newest = [...rumors.values()].toReversed().slice(0, max - taken.length);
      for (const rumor of newest) taken.push({ rumor, told: level + copies });
    }
    for (const { rumor, told } of taken.toReversed()) {
      this.#remove(rumor.card.id);
      if (told < limit) this.#put(told, rumor);
    }
    return taken.map(({ rumor }) => rumor);
  }

  clear(): void {
    this.#levels.length = 0;
    this.#levelOf.clear();
  }

  #put(level: number, rumor: Rumor): void {
    while (this.#levels.length <= level) this.#levels.push(new Map());
    this.#levels[level]?.set(rumor.card.id, rumor);
    this.#levelOf.set(rumor.card.id, level);
  }

  #remove(id: NodeId): void {
    const level = this.#levelOf.get(id);
    if (level === undefined) return;
    this.#levels[level]?.delete(id);
    this.#levelOf.delete(id);
  }

  #giveUpOne(): void {
    const most = this.#levels.findLast((rumors) => rumors.size > 0);
    for (const id of most?.keys() ?? []) return this.#remove(id);
  }
}
