import type { Clock, Timer } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';
import { Quartz } from './quartz.js';
import type { Timeline } from './timeline.js';

/** The clock of one simulated process. All share one true time; each can stall or die on its own, and be as wrong as its machine. */
export class NodeClock implements Clock {
  #state: 'running' | 'paused' | 'stopped' = 'running';
  #late: (() => void)[] = [];
  #timers = 0;
  /** As read from the wall clock at the start of the process. */
  readonly #offset: Millis;

  constructor(
    private readonly timeline: Timeline,
    readonly quartz: Quartz = new Quartz(timeline),
  ) {
    this.#offset = quartz.offset;
  }

  now(): Millis {
    return this.quartz.counted + this.#offset;
  }

  /** Timers that are set, and have neither fired nor been cancelled. */
  get timers(): number {
    return this.#timers;
  }

  setTimer(after: Millis, fire: () => void): Timer {
    let pending: (() => void) | undefined = fire;
    this.#timers++;
    /** It may be among the late ones already when it is cancelled. */
    const take = (): (() => void) | undefined => {
      const taken = pending;
      if (taken !== undefined) this.#timers--;
      pending = undefined;
      return taken;
    };
    // A timer of Node.js waits whole milliseconds, at least one.
    const wait = this.quartz.trueSpan(Math.max(1, Math.trunc(after)));
    const timer = this.timeline.schedule(wait, () => this.run(() => take()?.()));
    return {
      cancel: () => {
        take();
        timer.cancel();
      },
    };
  }

  /** As good as soon: no other input comes at the same instant, but for what was under way before. */
  promptly(run: () => void): void {
    this.soon(run);
  }

  soon(run: () => void): void {
    this.timeline.schedule(0, () => this.run(run));
  }

  /** Runs it now; once the pause is over, in its turn, when the node stalls; never when the node is dead. */
  run(task: () => void): void {
    if (this.#state === 'running') task();
    else if (this.#state === 'paused') this.#late.push(task);
  }

  /** Stalls the node, as a blocked event loop does: what falls due piles up. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** Ends the stall: what fell due meanwhile runs late, in order, one event each. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const task of this.#late.splice(0)) this.timeline.schedule(0, () => this.run(task));
  }

  /** Ends the node, as a crash does: nothing of it fires any more. */
  stop(): void {
    this.#state = 'stopped';
    this.#late = [];
  }

  get paused(): boolean {
    return this.#state === 'paused';
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }
}
