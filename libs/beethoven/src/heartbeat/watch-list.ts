import type { Accusation, Watch } from '../protocol/detector/peer.js';
import type { NodeId } from '../protocol/terms.js';
import type { Heartbeat } from './heartbeat.js';

/** What a detector has been told, for the next one to be told when it takes its place. */
export class WatchList {
  readonly #watched = new Map<NodeId, Watch>();
  /** Of those who are suspected, by accuser. */
  readonly #accusations = new Map<NodeId, Map<NodeId, Accusation>>();

  watch(watch: Watch): void {
    const { id } = watch.card;
    this.#watched.set(id, watch);
    this.#accusations.delete(id);
  }

  unwatch(id: NodeId): void {
    this.#watched.delete(id);
    this.#accusations.delete(id);
  }

  accuse(accusation: Accusation): void {
    const { id, accuser } = accusation;
    const accusations = this.#accusations.get(id) ?? new Map<NodeId, Accusation>();
    this.#accusations.set(id, accusations.set(accuser, accusation));
  }

  tell(next: Pick<Heartbeat, 'watch' | 'accuse'>): void {
    for (const watch of this.#watched.values()) next.watch(watch);
    for (const accusations of this.#accusations.values()) {
      for (const accusation of accusations.values()) next.accuse(accusation);
    }
  }
}
