import type { NodeClock } from './node-clock.js';

/** What the connections of one process have to send: all of it leaves when the work at hand is done, in the order in which each began to have something. */
export class Outbox {
  readonly #waiting = new Set<() => void>();

  constructor(private readonly clock: NodeClock) {}

  /** Sends soon, once, however often it is asked for until then. */
  add(send: () => void): void {
    if (this.#waiting.size === 0) this.clock.soon(() => this.#sendAll());
    this.#waiting.add(send);
  }

  #sendAll(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const send of all) send();
  }
}
