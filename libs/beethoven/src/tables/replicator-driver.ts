import { chore } from '../network/chores.js';
import type { Clock, Timer } from '../network/clock.js';
import { integerBetween, type Random } from '../protocol/random.js';
import type { Replicator } from '../protocol/tables/replicator.js';
import type { Millis } from '../protocol/terms.js';

/** The time from one comparison with another copy to the next (s). */
const TIDY_EVERY: readonly [number, number] = [1, 3];

/** How long after a loss the coordinators are told what is known here: the takeover of roles has the first 100 ms to itself. */
const CONSULT_AFTER: Millis = 100;

/** Calls the replicators of one node when they have something to do. */
export class ReplicatorDriver {
  #replicators: readonly Replicator[] = [];
  #tidyTimer: Timer | undefined;
  #wake: { readonly at: Millis; readonly timer: Timer } | undefined;
  /** What is arranged for this turn of the event loop. */
  #flush: 'none' | 'prompt' | 'done' | 'late' = 'none';
  #turnBegan: Millis = 0;
  #consultation: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    /** A timer may be the first thing that runs after a stall, and then nothing is to be decided as if there had been none. */
    private readonly noticeStall: () => void,
  ) {}

  start(replicators: readonly Replicator[]): void {
    this.#replicators = replicators;
    this.#tidyLater();
  }

  stop(): void {
    this.#replicators = [];
    this.#tidyTimer?.cancel();
    this.#consultation?.cancel();
    this.#wake?.timer.cancel();
  }

  /** The time, read once in a turn that writes: the hybrid clock tells the writes of one turn apart by counting them. */
  now(): Millis {
    if (this.#flush === 'none') this.#turnBegan = this.clock.now();
    return this.#turnBegan;
  }

  /** What is written first in a turn leaves with its tick, and all that follows in the same turn together, at its end. */
  flushSoon(): void {
    if (this.#flush === 'none') {
      this.#flush = 'prompt';
      this.clock.promptly(() => this.#flushNow());
      this.clock.soon(() => {
        if (this.#flush === 'late') this.#flushNow();
        this.#flush = 'none';
      });
    } else if (this.#flush === 'done') this.#flush = 'late';
  }

  #flushNow(): void {
    this.#flush = 'done';
    for (const replicator of this.#replicators) replicator.flush();
  }

  wakeAt(at: Millis): void {
    const isDue = this.#wake !== undefined && this.#wake.at <= at;
    if (isDue || this.#replicators.length === 0) return;
    this.#wake?.timer.cancel();
    const timer = this.clock.setTimer(Math.max(0, at - this.clock.now()), () => {
      this.#wake = undefined;
      this.noticeStall();
      for (const replicator of this.#replicators) replicator.handleTime(this.clock.now());
    });
    this.#wake = { at, timer };
  }

  /** Once for all that go at the same time, and after the claims of what they held: those check what they have read, and wait for nothing. */
  consultLater(): void {
    this.#consultation ??= this.clock.setTimer(CONSULT_AFTER, () => {
      this.#consultation = undefined;
      for (const replicator of this.#replicators) replicator.consultCoordinators();
    });
  }

  #tidyLater(): void {
    const [min, max] = TIDY_EVERY;
    const seconds = integerBetween(this.random, min, max);
    this.#tidyTimer = chore(this.clock, seconds * 1_000, () => {
      this.noticeStall();
      for (const replicator of this.#replicators) replicator.tidy(this.clock.now());
      this.#tidyLater();
    });
  }
}
