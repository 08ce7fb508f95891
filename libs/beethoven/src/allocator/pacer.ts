import type { Clock, Timer } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';

/**
 * Runs a piece of work soon after it is first asked for, and then at most once in `spacing` ms, however often it is asked
 * for: a lone change is told at once, a storm of them costs one message now and then.
 */
export class Pacer {
  #lastRun = -Infinity;
  #pending = false;
  #stopped = false;
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly spacing: Millis,
    private readonly work: () => void,
  ) {}

  request(): void {
    if (this.#pending || this.#stopped) return;
    this.#pending = true;
    const wait = this.#lastRun + this.spacing - this.clock.now();
    if (wait <= 0) this.clock.soon(() => this.#run());
    else this.#timer = this.clock.setTimer(Math.ceil(wait), () => this.#run());
  }

  /** Whatever is pending is dropped. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #run(): void {
    if (this.#stopped) return;
    this.#pending = false;
    this.#lastRun = this.clock.now();
    this.work();
  }
}
