import type { Millis } from '../protocol/terms.js';
import type { Clock, Timer } from './clock.js';

/** How late a deadline may be noticed: what one timer for all of them costs. */
const STEP: Millis = 50;

interface Entry {
  readonly due: Millis;
  readonly expire: () => void;
}

/** The deadlines of a mesh, all on one timer, which runs only while there are any. */
export class Deadlines {
  readonly #entries = new Set<Entry>();
  #timer: Timer | undefined;
  #next: Millis = 0;

  constructor(private readonly clock: Clock) {}

  /** Expires once, `after` to `after` + 50 milliseconds from now; later where this process has stalled. */
  set(after: Millis, expire: () => void): Timer {
    const entry = { due: this.clock.now() + after, expire };
    this.#entries.add(entry);
    this.#arm();
    return { cancel: () => void this.#entries.delete(entry) };
  }

  clear(): void {
    this.#entries.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#entries.size === 0) return;
    this.#next = this.clock.now() + STEP;
    this.#timer = this.clock.setTimer(STEP, () => this.#sweep());
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = this.clock.now();
    // A process that wakes from a stall finds every deadline missed, and the answers that came in time unread behind it.
    if (now < this.#next + STEP) {
      for (const entry of this.#entries) {
        if (entry.due > now || !this.#entries.delete(entry)) continue;
        entry.expire();
      }
    }
    this.#arm();
  }
}
