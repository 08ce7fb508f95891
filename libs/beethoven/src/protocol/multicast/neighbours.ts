import { targetKey, type Target } from '../locator/target.js';
import type { Millis } from '../terms.js';
import { TTL, type Claim } from './announcement.js';

/** So many are remembered; the one that was heard of the longest ago is forgotten first. */
export const MAX_NEIGHBOURS = 256;

/** Who has announced itself on this link, until it says goodbye or is not heard of again. */
export class Neighbours {
  readonly #until = new Map<string, { readonly target: Target; readonly until: Millis }>();

  hear({ address: host, port, ttl }: Claim, now: Millis): void {
    const target = { host, port };
    const key = targetKey(target);
    this.#until.delete(key);
    if (ttl === 0) return;
    this.#until.set(key, { target, until: now + Math.min(ttl, TTL) * 1_000 });
    const [oldest] = this.#until.keys();
    if (this.#until.size > MAX_NEIGHBOURS && oldest !== undefined) this.#until.delete(oldest);
  }

  /** As of now, the latest last. */
  known(now: Millis): readonly Target[] {
    for (const [key, { until }] of this.#until) if (until <= now) this.#until.delete(key);
    return Array.from(this.#until.values(), ({ target }) => target);
  }
}
