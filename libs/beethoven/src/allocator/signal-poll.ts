import { Logger } from '@nestjs/common';
import type { DecoratedMethod } from '../discovery/method.explorer.js';
import type { Clock, Timer } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';

/** Calls a method again and again: never while an earlier call is pending, and on after a failure. */
export class SignalPoll {
  readonly #logger = new Logger('Allocator');
  #running = false;
  #failing = false;
  #timer: Timer | undefined;

  constructor(
    private readonly polled: DecoratedMethod<unknown>,
    private readonly every: Millis,
    private readonly clock: Clock,
  ) {}

  /** The first call is made at once, or the node would look idle until then. */
  start(): void {
    this.#running = true;
    void this.#poll();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  async #poll(): Promise<void> {
    const { instance, method, name } = this.polled;
    try {
      await instance[method]?.();
      this.#failing = false;
    } catch (error) {
      // A sensor that is broken for a day is one line in the log, not 86,400.
      if (!this.#failing)
        this.#logger.warn(`The signal of ${name} failed: ${String(error)}. Polled on.`);
      this.#failing = true;
    }
    if (this.#running) this.#timer = this.clock.setTimer(this.every, () => void this.#poll());
  }
}
