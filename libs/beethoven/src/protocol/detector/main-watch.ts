import type { Millis } from '../terms.js';

/** A main thread that has shown no sign of life for so long is asked for one: not one that shows itself once a second. */
const POKE_AFTER: Millis = 1_250;
/** It is stalled when it has not answered for so long: every block of 2.5 s is seen, and none below a second. */
const STALLED_AFTER: Millis = 1_000;

/** What a look at the main thread has shown. */
export interface Look {
  /** It should be asked for a sign of life. */
  readonly poke: boolean;
  /** For how long it has not answered (ms), 0 unless it is stalled. */
  readonly lag: Millis;
  /** How often it has fallen into a stall or come out of one: odd while it is stalled. */
  readonly phase: number;
}

/**
 * Sees from another thread whether the main thread runs. The main thread counts its turns where both can see it, with those that it
 * takes anyway; one that has nothing to do is asked, so that an idle node is woken once a second at most.
 */
export class MainWatch {
  #seenAt: Millis;
  #pokedAt: Millis | undefined;

  /** @param turns that the main thread has counted by now */
  constructor(
    now: Millis,
    private turns: number,
    private phase: number,
  ) {
    this.#seenAt = now;
  }

  /** What the main thread has said of itself. */
  heard(phase: number): void {
    this.phase = Math.max(this.phase, phase);
  }

  /** @param wasStopped This thread was stopped as well, until now: then the other one has to be asked anew. */
  look(now: Millis, turns: number, wasStopped: boolean): Look {
    if (turns !== this.turns) {
      this.turns = turns;
      this.#seenAt = now;
      this.#pokedAt = undefined;
      this.phase += this.phase % 2;
    } else if (wasStopped) {
      this.#seenAt = Math.max(this.#seenAt, now - POKE_AFTER);
      this.#pokedAt = undefined;
    }
    const silence = now - this.#seenAt;
    const poke = this.#pokedAt === undefined && silence >= POKE_AFTER;
    if (poke) this.#pokedAt = now;
    const waited = this.#pokedAt === undefined ? 0 : now - this.#pokedAt;
    if (waited >= STALLED_AFTER && this.phase % 2 === 0) this.phase++;
    return { poke, lag: this.phase % 2 === 1 ? Math.max(1, waited) : 0, phase: this.phase };
  }
}
