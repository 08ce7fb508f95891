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
  at: Millis;
}

/** Targets worth more than their turn in the sweep, seeds and lost members, each dialled again after longer and longer pauses. */
export class Redials {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly random: Random) {}

  /** Replaces the set of targets. One that stays keeps its pause; a new one is due after the first pause. */
  keep(targets: Iterable<Target>, now: Millis): void {
    const kept = new Set<string>();
    for (const target of targets) {
      if (kept.size === MAX_TARGETS) break;
      const key = targetKey(target);
      kept.add(key);
      if (!this.#entries.has(key))
        this.#entries.set(key, {
          target,
          pause: FIRST_PAUSE,
          at: now + this.#jittered(FIRST_PAUSE),
        });
    }
    for (const key of this.#entries.keys()) if (!kept.has(key)) this.#entries.delete(key);
  }

  /** The target that is overdue the longest. One that is reached already is passed over, and starts afresh once it is lost. */
  take(now: Millis, isReached: (target: Target) => boolean): Target | undefined {
    let longest: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.at > now) continue;
      if (isReached(entry.target)) {
        entry.pause = FIRST_PAUSE;
        entry.at = now + this.#jittered(FIRST_PAUSE);
      } else if (longest === undefined || entry.at < longest.at) longest = entry;
    }
    if (longest === undefined) return undefined;
    longest.pause = Math.min(longest.pause * 2, LAST_PAUSE);
    longest.at = now + this.#jittered(longest.pause);
    return longest.target;
  }

  /** When the next one is due; infinite while there is none. */
  get dueAt(): Millis {
    let due = Infinity;
    for (const { at } of this.#entries.values()) due = Math.min(due, at);
    return due;
  }

  /** Members lost together are not redialled together. */
  #jittered(pause: Millis): Millis {
    return pause * (0.75 + this.random.float() * 0.25);
  }
}
