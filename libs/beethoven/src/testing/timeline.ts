import { AlreadyAdvancingError } from '../errors/already-advancing.error.js';
import type { Timer } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';
import { Digest } from './digest.js';
import { EventQueue } from './event-queue.js';
import { NodeClock } from './node-clock.js';
import type { Quartz } from './quartz.js';

/** The same for every run, so that the same seed gives the same run. */
const START: Millis = Date.UTC(2026, 0, 1);

/** An instant with more events than this is a loop that never lets time pass. */
const MAX_EVENTS_PER_INSTANT = 1_000_000;

// Taken before any test can put fake timers in its place.
const { setImmediate } = globalThis;

/**
 * Node.js settles every promise between two immediates, and goes round its whole loop, to ask the operating system for news, only
 * after all that were queued before: so many steps share one round.
 */
const MAX_BATCH = 64;

/** One turn of the real event loop: every promise that can settle has settled after it. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Virtual time for a whole cluster in one process. Nothing happens but what was scheduled, in the order of its time, and
 * promises settle between any two events: an hour passes in the time that its events take.
 *
 * @example
 * ```ts
 * const timeline = new Timeline();
 * const clock = timeline.clock();
 * clock.setTimer(60_000, () => ring());
 * await timeline.advance(60_000); // it rang
 * ```
 */
export class Timeline {
  readonly #queue = new EventQueue();
  #now = START;
  #sequence = 0;
  #instant = START;
  #eventsOfInstant = 0;
  #advancing = false;
  readonly #digest = new Digest();

  /** `trace` is told what happens, in a line each. */
  constructor(private readonly trace?: (line: string) => void) {}

  /** Milliseconds since the epoch, with fractions; starts at 2026-01-01. */
  get now(): Millis {
    return this.#now;
  }

  /** A fingerprint of every event so far, its time and its order. */
  get digest(): string {
    return String(this.#digest);
  }

  get isAdvancing(): boolean {
    return this.#advancing;
  }

  /** Makes something part of the fingerprint. */
  note(value: number): void {
    this.#digest.add(value);
  }

  /** For the trace, if anybody reads it. */
  tell(what: () => string): void {
    this.trace?.(`${(this.#now - START).toFixed(3)} ${what()}`);
  }

  /** Runs once, `after` milliseconds from now (0 or more: 0 is after what is already scheduled for this instant). */
  schedule(after: Millis, run: () => void): Timer {
    const event = {
      at: this.#now + Math.max(0, after),
      sequence: this.#sequence++,
      run: run as (() => void) | undefined,
    };
    if (event.at === this.#now) this.#queue.pushDue(event);
    else this.#queue.push(event);
    return { cancel: () => void (event.run = undefined) };
  }

  /** A clock for one process, which can be paused and stopped without the others; right, or as wrong as the quartz given. */
  clock(quartz?: Quartz): NodeClock {
    return new NodeClock(this, quartz);
  }

  /**
   * Lets time pass (ms). Rejects with what an event throws, as the process would have died of it; the rest of the span does
   * not pass then.
   */
  async advance(span: Millis): Promise<void> {
    await this.#pass(this.#now + span, () => false);
  }

  /**
   * Lets time pass, event by event, until the condition holds, `limit` milliseconds at most.
   * @returns whether it holds
   */
  async until(condition: () => boolean, limit: Millis): Promise<boolean> {
    return this.#pass(this.#now + limit, condition);
  }

  async #pass(end: Millis, condition: () => boolean): Promise<boolean> {
    if (this.#advancing) {
      throw new AlreadyAdvancingError();
    }
    this.#advancing = true;
    try {
      await settled();
      return await this.#drive(() => this.#step(end, condition));
    } finally {
      this.#advancing = false;
    }
  }

  /** Takes steps, with all promises settled after each, until one has a result. */
  #drive<T>(step: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      let queued = 0;
      let batch = 1;
      let isOver = false;
      const turn = (): void => {
        queued--;
        if (isOver) return;
        try {
          const result = step();
          if (result !== undefined) {
            isOver = true;
            resolve(result);
          } else if (queued === 0) refill();
        } catch (error) {
          isOver = true;
          reject(error);
        }
      };
      const refill = (): void => {
        for (; queued < batch; queued++) setImmediate(turn);
        batch = Math.min(2 * batch, MAX_BATCH);
      };
      refill();
    });
  }

  /** Runs the next event. @returns whether the condition holds, once that is known */
  #step(end: Millis, condition: () => boolean): boolean | undefined {
    if (condition()) return true;
    const queue = this.#queue;
    while (queue.next !== undefined && queue.next.run === undefined) queue.pop();
    const { next } = queue;
    if (next?.run === undefined || next.at > end) {
      this.#now = end;
      return false;
    }
    queue.pop();
    this.#moveTo(next.at);
    this.#digest.add(next.at - START);
    this.#digest.add(next.sequence);
    next.run();
    return undefined;
  }

  #moveTo(at: Millis): void {
    this.#now = at;
    if (at > this.#instant) {
      this.#instant = at;
      this.#eventsOfInstant = 0;
    }
    if (++this.#eventsOfInstant > MAX_EVENTS_PER_INSTANT) {
      throw new Error('Time stands still: events go on scheduling events for the same instant.');
    }
  }
}
