import type { Millis } from '../terms.js';

export interface RestartOptions {
  /** Restarts allowed in any span of `within`; 0 to 1,000. */
  readonly maxRestarts: number;
  /** ms; 1 to 3,600,000. */
  readonly within: Millis;
}

/** Tells a role that stumbles from one that cannot run here: at most `maxRestarts` in any span of `within` milliseconds. */
export class RestartLimit {
  /** When it was restarted, oldest first; never more than `maxRestarts`. */
  #restarts: Millis[] = [];

  constructor(private readonly options: RestartOptions) {}

  /** Whether one more restart is allowed now; counts it if so. */
  allows(now: Millis): boolean {
    const { maxRestarts, within } = this.options;
    this.#restarts = this.#restarts.filter((at) => now - at < within);
    if (this.#restarts.length >= maxRestarts) return false;
    this.#restarts.push(now);
    return true;
  }
}
