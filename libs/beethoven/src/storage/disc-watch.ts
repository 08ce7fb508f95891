import type { Clock, Timer } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';

/** A disc that does not answer for this long keeps nothing, as far as anybody waits for it: shorter than what a transaction has. */
export const PATIENCE: Millis = 3_000;

/** Notices a disc that has stopped to answer. Looks once in a while, however much is written. */
export class DiscWatch {
  #answeredAt: Millis = 0;
  #isBusy = false;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly silent: () => void,
  ) {}

  /** Something is to be written from here on. */
  begin(): void {
    this.#isBusy = true;
    this.answered();
    this.#timer ??= this.clock.setTimer(PATIENCE, () => this.#look());
  }

  answered(): void {
    this.#answeredAt = this.clock.now();
  }

  /** Nothing is under way. */
  end(): void {
    this.#isBusy = false;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = undefined;
    if (!this.#isBusy) return;
    const left = this.#answeredAt + PATIENCE - this.clock.now();
    this.#timer = this.clock.setTimer(left > 0 ? left : PATIENCE, () => this.#look());
    if (left <= 0) this.silent();
  }
}
