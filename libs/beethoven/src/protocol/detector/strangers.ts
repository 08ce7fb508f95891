import type { Beat } from './beat.js';
import { ANSWERS_TO_STRANGERS } from './detector-config.js';
import type { Way } from './reach.js';

/**
 * Those who send beats and are not watched. While its main thread is blocked a node hears of no newcomer: to be stalled to those that hear of
 * it, and not dead, it answers what they ask; so many in a turn, for without a secret anybody may ask in the name of anybody.
 */
export class Strangers {
  #heard = 0;
  #answeredInTurn = 0;

  /** Beats of theirs: nothing is learned from them. */
  get heard(): number {
    return this.#heard;
  }

  turn(): void {
    this.#answeredInTurn = 0;
  }

  /** Counts the beat. @returns whether it is to be answered */
  hear({ kind }: Beat, way: Way): boolean {
    this.#heard++;
    if (kind !== 'ping' || way !== 'datagram') return false;
    return ++this.#answeredInTurn <= ANSWERS_TO_STRANGERS;
  }
}
