import type { Entries } from './entries.js';
import type { Entry } from './entry.js';
import type { Vector } from './row.js';

/** Forgets tombstones, a part of them at a time. */
export class TombstoneSweep {
  /** The latest that was forgotten: a new row must win over it where it is still kept. */
  floor = 0;
  /** Where the last part has ended. */
  #rest: Iterator<Entry, undefined> | undefined;

  constructor(private readonly entries: Entries) {}

  /** @returns whether all were looked at; else the next call goes on */
  collect(peers: readonly Vector[], limit: number, remove: (entry: Entry) => void): boolean {
    this.#rest ??= this.entries.tombstones.values();
    for (let looked = 0; looked < limit; looked++) {
      const { done, value: entry } = this.#rest.next();
      if (done) {
        this.#rest = undefined;
        return true;
      }
      const { origin, seq, time } = entry;
      if (seq > origin.known || peers.some((seen) => (seen.get(origin.id) ?? 0) < seq)) continue;
      origin.horizon = Math.max(origin.horizon, seq);
      this.floor = Math.max(this.floor, time);
      remove(entry);
    }
    return false;
  }
}
