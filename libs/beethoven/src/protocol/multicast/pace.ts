import { integerBetween, type Random } from '../random.js';
import type { Millis } from '../terms.js';

/** The pause after the first question, and the one that the pauses double up to: RFC 6762, 5.2, which lets them grow to an hour. */
export const FIRST_PAUSE: Millis = 1_000;
export const LAST_PAUSE: Millis = 60_000;

/** When to ask a link. Of all who want to know the same, one asks, since everybody hears the answers (RFC 6762, 7.3). */
export class QuestionPace {
  #askedAt: Millis = -Infinity;
  #pause = 0;

  /** Whether to ask now; whoever is told so does. */
  ask(now: Millis): boolean {
    if (now < this.#askedAt + this.#pause) return false;
    this.#asked(now);
    return true;
  }

  /** Somebody has asked, perhaps this node: as good as having asked. */
  heard(now: Millis): void {
    if (now - this.#askedAt >= FIRST_PAUSE) this.#asked(now);
  }

  #asked(now: Millis): void {
    this.#pause = Math.min(Math.max(FIRST_PAUSE, this.#pause * 2), LAST_PAUSE);
    this.#askedAt = now;
  }
}

/** Nobody says the same twice within this time (RFC 6762, 6). */
export const SHORTEST_REST: Millis = 1_000;

/** How long answers are held back, so that those of many do not collide (RFC 6762, 6). */
const HOLD: readonly [Millis, Millis] = [20, 120];

/** When to answer a link: however many ask, once a second. */
export class AnswerPace {
  #answeredAt: Millis = -Infinity;

  constructor(private readonly random: Random) {}

  /** How long to wait before the answer. */
  wait(now: Millis): Millis {
    const hold = integerBetween(this.random, ...HOLD);
    return Math.max(hold, this.#answeredAt + SHORTEST_REST - now);
  }

  answered(now: Millis): void {
    this.#answeredAt = now;
  }
}
