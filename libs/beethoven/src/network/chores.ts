import type { Millis } from '../protocol/terms.js';
import type { Clock, Timer } from './clock.js';

/** Chores are done once a second (ms): on a calm machine waking up costs more than what a chore does. */
const BEAT: Millis = 1_000;

/** The timers of a machine may be a fraction of a millisecond early. */
const EARLY: Millis = 1;

interface Chore {
  readonly due: Millis;
  readonly run: (late: Millis) => void;
}

/**
 * Runs once, so many whole seconds from now, up to half a second sooner or later: when a second of the clock begins, as everything else that is in
 * no hurry. Other nodes whose clocks agree do theirs in the same moment, so that what they have to say finds this one awake. Any
 * other span is kept as it is.
 *
 * @param run is told how late it is (ms)
 */
export function chore(clock: Clock, span: Millis, run: (late: Millis) => void): Timer {
  if (span <= 0 || span % BEAT !== 0) {
    const due = clock.now() + span;
    return clock.setTimer(span, () => run(clock.now() - due));
  }
  let chores = choresOf.get(clock);
  if (chores === undefined) choresOf.set(clock, (chores = new Chores(clock)));
  return chores.add(span, run);
}

const choresOf = new WeakMap<Clock, Chores>();

/** The chores of one process, all on one timer, which runs only while there are any. */
class Chores {
  readonly #waiting = new Set<Chore>();
  #next: Millis = Infinity;
  #timer: Timer | undefined;

  constructor(private readonly clock: Clock) {}

  add(span: Millis, run: (late: Millis) => void): Timer {
    const waiting = { due: BEAT * Math.round((this.clock.now() + span) / BEAT), run };
    this.#waiting.add(waiting);
    this.#arm(waiting.due);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  #arm(due: Millis): void {
    if (due >= this.#next) return;
    this.#timer?.cancel();
    this.#next = due;
    const wait = Math.max(0, due - this.clock.now());
    this.#timer = this.clock.setTimer(Math.ceil(wait), () => this.#do());
  }

  #do(): void {
    this.#next = Infinity;
    const now = this.clock.now();
    try {
      for (const waiting of this.#waiting) {
        if (waiting.due > now + EARLY || !this.#waiting.delete(waiting)) continue;
        waiting.run(Math.max(0, now - waiting.due));
      }
    } finally {
      // One that throws keeps nobody else from their turn.
      for (const { due } of this.#waiting) this.#arm(due);
    }
  }
}
