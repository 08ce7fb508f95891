import { formatIpv4, type Ipv4 } from '../ipv4.js';
import type { Random } from '../random.js';
import type { Millis } from '../terms.js';
import type { Redials } from './redials.js';
import type { Sweep } from './sweep.js';
import type { Target } from './target.js';

/** The time that a round takes where the rate cap allows it (up to a /27), also where hardly anyone is left to dial. A /24 takes 28 s. */
export const ROUND_TIME: Millis = 5_000;

/**
 * The rate cap: no two dials are closer than this, so there are never more than 10 a second. A dial costs 0.2 to 0.8 ms of CPU, most of
 * it in the operating system and in node:net: less than 1 % of a core, for ever, in a network of any size.
 */
export const SHORTEST_GAP: Millis = 100;

/** Pauses are stretched by up to this share, so that nodes started together do not dial together. */
const JITTER = 0.2;

export interface WatchStep {
  /** What to dial now, if anything. */
  readonly dial: Target | undefined;
  /** When to ask again. */
  readonly wait: Millis;
}

/**
 * The search that never ends: what a located node dials next, and when. Hosts of the range have one turn a round; seeds and
 * lost members come back by their own pauses; where both are due, they alternate, so that neither starves the other.
 */
export class Watch {
  #roundStartedAt: Millis;
  #sweepAt: Millis;
  #redialsTurn = true;

  constructor(
    private readonly sweep: Sweep,
    private readonly redials: Redials,
    /** The port that hosts of the range are dialled on. */
    private readonly port: number,
    private readonly random: Random,
    now: Millis,
  ) {
    this.#roundStartedAt = now;
    this.#sweepAt = now + this.#gap();
  }

  /** `isReached` tells what needs no dial: this node itself, and whom it is linked with. */
  next(now: Millis, isReached: (target: Target) => boolean): WatchStep {
    const dial = this.#redialsTurn
      ? (this.#redial(now, isReached) ?? this.#visit(now, isReached))
      : (this.#visit(now, isReached) ?? this.#redial(now, isReached));
    const rest = dial === undefined ? 0 : this.#stretched(SHORTEST_GAP);
    return { dial, wait: Math.max(rest, Math.min(this.#sweepAt, this.redials.dueAt) - now) };
  }

  #redial(now: Millis, isReached: (target: Target) => boolean): Target | undefined {
    const target = this.redials.take(now, isReached);
    if (target !== undefined) this.#redialsTurn = false;
    return target;
  }

  #visit(now: Millis, isReached: (target: Target) => boolean): Target | undefined {
    if (now < this.#sweepAt) return undefined;
    this.#redialsTurn = true;
    const { port } = this;
    const target = (address: Ipv4): Target => ({ host: formatIpv4(address), port });
    const address = this.sweep.next((candidate) => isReached(target(candidate)));
    if (address !== undefined) {
      this.#sweepAt = now + this.#gap();
      return target(address);
    }
    // A round is over: the next one starts once this one has had its time.
    this.#roundStartedAt = Math.max(now, this.#roundStartedAt + this.#stretched(ROUND_TIME));
    this.#sweepAt = this.#roundStartedAt;
    return undefined;
  }

  #gap(): Millis {
    return this.#stretched(Math.max(SHORTEST_GAP, ROUND_TIME / this.sweep.size));
  }

  #stretched(pause: Millis): Millis {
    return pause * (1 + this.random.float() * JITTER);
  }
}
