import type { Millis } from '../protocol/terms.js';

export interface Timer {
  /** Harmless when the timer has fired already. */
  cancel(): void;
}

/** The port through which time comes in. */
export interface Clock {
  /** Milliseconds since the epoch, with fractions; never goes back within one process. */
  now(): Millis;
  /** Fires once, `after` milliseconds from now. Does not keep the process alive. */
  setTimer(after: Millis, fire: () => void): Timer;
  /** Runs as soon as the code at hand and the promises that it settles are done, before any other input. */
  promptly(run: () => void): void;
  /** Runs once all input at hand is dealt with: where many small changes become one message. */
  soon(run: () => void): void;
}

/** Resolves after so many milliseconds. */
export function pause(clock: Clock, span: Millis): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(span, resolve));
}

/** Injection token of the {@link Clock}. */
export const CLOCK = Symbol('beethoven:clock');
