import {
  monitorEventLoopDelay,
  performance,
  type EventLoopUtilization,
  type IntervalHistogram,
} from 'node:perf_hooks';
import type { EventLoopLoad } from './hardware.js';

/** How often the event loop is looked at (ms): 0.2 ms of CPU a second, where 20 ms would cost 4 ms (measured). */
const RESOLUTION = 500;

/** A timer that is late by less is on time (ms). */
const JITTER = 10;

/** How busy this process's event loop is, and how long it made a timer wait. */
export class EventLoopMeter {
  #utilisation: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(
    private readonly intervals: Pick<
      IntervalHistogram,
      'enable' | 'disable' | 'reset' | 'max'
    > = monitorEventLoopDelay({ resolution: RESOLUTION }),
  ) {}

  start(): void {
    this.intervals.enable();
    this.#utilisation = performance.eventLoopUtilization();
  }

  stop(): void {
    this.intervals.disable();
  }

  /** Since the reading before. */
  read(): EventLoopLoad {
    const before = this.#utilisation;
    this.#utilisation = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.#utilisation, before);
    return { utilisation: Math.min(1, utilization), delay: this.#delay() };
  }

  #delay(): number {
    const longest = this.intervals.max / 1e6 - RESOLUTION;
    if (longest < JITTER) return 0;
    this.intervals.reset(); // only now, for the interval that a reset falls into is lost
    return longest;
  }
}
