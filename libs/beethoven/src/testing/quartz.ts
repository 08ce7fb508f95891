import { InvalidClockError } from '../errors/invalid-clock.error.js';
import type { Millis } from '../protocol/terms.js';
import type { Timeline } from './timeline.js';

/** How wrong the clock of a simulated machine is. */
export interface ClockFault {
  /**
   * How far its wall clock is ahead (ms; negative: behind). A process reads the wall clock once, when it starts, and counts on from there: the
   * next start of the node is the first that sees it.
   * @default 0
   */
  readonly offset?: Millis;
  /**
   * How much too fast it runs (parts per million, -100,000 to 100,000; good quartz keeps within 100). Acts at once, on timers too.
   * @default 0
   */
  readonly drift?: number;
}

const MAX_DRIFT = 100_000;

/** What a simulated machine takes for time. It belongs to the machine and outlives its processes. */
export class Quartz {
  #offset: Millis = 0;
  #rate = 1;
  /** True time, and what this quartz had counted, when its rate last changed. */
  #changedAt: Millis = 0;
  #counted: Millis = 0;

  constructor(private readonly timeline: Timeline) {}

  /** Milliseconds since the epoch, as counted; never goes back. */
  get counted(): Millis {
    return this.#counted + (this.timeline.now - this.#changedAt) * this.#rate;
  }

  get offset(): Millis {
    return this.#offset;
  }

  set({ offset = 0, drift = 0 }: ClockFault): void {
    if (!Number.isFinite(offset)) throw new InvalidClockError('offset', offset, 'a number of ms');
    if (!(Math.abs(drift) <= MAX_DRIFT))
      throw new InvalidClockError('drift', drift, '-100,000 to 100,000 ppm');
    this.#counted = this.counted;
    this.#changedAt = this.timeline.now;
    this.#offset = offset;
    this.#rate = 1 + drift / 1e6;
  }

  /** How long it really takes until this quartz has counted so much (ms). */
  trueSpan(counted: Millis): Millis {
    return counted / this.#rate;
  }
}
