import { Deadlines } from '../deadlines.js';
import type { Random } from '../random.js';
import type { Millis } from '../terms.js';
import { targetKey, type Target } from './target.js';

/** The pause before the first redial, and the one that the pauses double up to. */
export const FIRST_PAUSE: Millis = 1_000;
export const LAST_PAUSE: Millis = 10_000;

/** More targets than this are not kept: a rumour of many members must not cost memory. */
export const MAX_TARGETS = 2_048;

interface Entry {
  readonly target: Target;
  pause: Millis;
}

/** Targets worth more than their turn in the sweep, seeds and lost members, each dialled again after longer and longer pauses. */
export class Redials {
  readonly #entries = new Map<string, Entry>();
  readonly #deadlines = new Deadlines<Entry>();

  constructor(private readonly random: Random) {}

  /** Replaces the set of targets. One that stays keeps its pause; a new one is due after the first pause. */
  keep(targets: Iterable<Target>, now: Millis): void {
    const kept = new Set<string>();
    for (const target of targets) {
      if (kept.size === MAX_TARGETS) break;
      const key = targetKey(target);
      kept.add(key);
      if (this.#entries.has(key)) continue;
      const entry = { target, pause: FIRST_PAUSE };
      this.#entries.set(key, entry);
      this.#wait(entry, now);
    }
    for (const [key, entry] of this.#entries) {
      if (kept.has(key)) continue;
      this.#entries.delete(key);
      this.#deadlines.delete(entry);
    }
  }

  /** The target that is overdue the longest. One that is reached already is passed over, and starts afresh once it is lost. */
  take(now: Millis, isReached: (target: Target) => boolean): Target | undefined {
    for (;;) {
      const entry = this.#deadlines.take(now);
      if (entry === undefined) return undefined;
      const { target, pause } = entry;
      const isDialled = !isReached(target);
      entry.pause = isDialled ? Math.min(pause * 2, LAST_PAUSE) : FIRST_PAUSE;
      this.#wait(entry, now);
      if (isDialled) return target;
    }
  }

  /** When the next one is due; infinite while there is none. */
  get dueAt(): Millis {
    return this.#deadlines.next;
  }

  #wait(entry: Entry, now: Millis): void {
    this.#deadlines.set(entry, now + this.#jittered(entry.pause));
  }

  /** Members lost together are not redialled together. */
  #jittered(pause: Millis): Millis {
    return pause * (0.75 + this.random.float() * 0.25);
  }
}
