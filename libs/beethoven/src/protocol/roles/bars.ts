import type { Millis } from '../terms.js';

/** How long a role is barred here the first time (ms); doubles each time it is given up again. */
export const FIRST_BAR: Millis = 30_000;
/** The longest a role is barred at a time (ms). Also the good conduct after which it starts over with the shortest. */
export const LONGEST_BAR: Millis = 600_000;

/** Roles that failed here again and again: this node does not offer them for a while, so that others try. */
export class Bars {
  /** Bounded by the roles of the application. */
  readonly #bars = new Map<string, { span: Millis; until: Millis }>();

  /** Bars the role from now on, for twice as long as the last time. @returns for how long (ms) */
  add(role: string, now: Millis): Millis {
    const last = this.#bars.get(role);
    const again = last !== undefined && now - last.until < LONGEST_BAR;
    const span = again ? Math.min(2 * last.span, LONGEST_BAR) : FIRST_BAR;
    this.#bars.set(role, { span, until: now + span });
    return span;
  }

  has(role: string, now: Millis): boolean {
    const bar = this.#bars.get(role);
    return bar !== undefined && now < bar.until;
  }

  /** When the next bar ends; `Infinity` when none stands. */
  nextEnd(now: Millis): Millis {
    let next = Infinity;
    for (const { until } of this.#bars.values()) if (until > now) next = Math.min(next, until);
    return next;
  }
}
