import type { Entry } from './entry.js';
import type { Origin } from './origin.js';

/** What this copy has written and not given to be sent yet. */
export class Unsent {
  /** Rows of others that replaced own ones before those were sent: without them a run would have a hole. */
  readonly #overtook = new Set<Entry>();
  #sent = 0;

  constructor(private readonly self: Origin) {}

  get isEmpty(): boolean {
    return this.#sent >= this.self.known;
  }

  /** An entry is about to go into another log. */
  moves(entry: Entry, origin: Origin): void {
    if (origin === this.self) this.#overtook.delete(entry);
    else if (entry.origin === this.self && entry.seq > this.#sent) this.#overtook.add(entry);
  }

  forget(entry: Entry): void {
    this.#overtook.delete(entry);
  }

  /** The run of places in the log, and the versions that it brings, own ones in order. */
  take(): { from: number; to: number; entries: readonly Entry[] } | undefined {
    const from = this.#sent + 1;
    const to = this.self.known;
    if (to < from) return undefined;
    const entries = [...this.#overtook];
    this.self.collectSince(this.#sent, entries);
    this.drop();
    return { from, to, entries };
  }

  /** Nobody is there to be sent anything: who comes is told of everything. */
  drop(): void {
    this.#overtook.clear();
    this.#sent = this.self.known;
  }
}
