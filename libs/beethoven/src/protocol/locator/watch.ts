import { formatIpv4, type Ipv4 } from '../ipv4.js';
import type { Random } from '../random.js';
import type { Millis } from '../terms.js';
import { SHORTEST_GAP } from './rate-cap.js';
import type { Redials } from './redials.js';
import type { Sweep } from './sweep.js';
import type { Target } from './target.js';

/** The time that a round takes where the rate cap allows it (up to a /27), also where hardly anyone is left to dial. A /24 takes 28 s. */
export const ROUND_TIME: Millis = 5_000;

/** Pauses are stretched by up to this share, so that nodes started together do not dial together. */
const JITTER = 0.2;

/** Hosts are visited together that have their turns within this time, give or take a half: a wake-up costs more than the visit that it is for. */
const TURN: Millis = 1_000;

export interface WatchStep {
  /** Whom to dial now, if anybody. */
  readonly dials: readonly Target[];
  /** When to ask again, unless the rate cap wants a longer pause. */
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

  /**
   * @param room so many may be dialled, at least one
   * @param isReached tells what needs no dial: this node itself, and whom it is linked with
   */
  next(now: Millis, room: number, isReached: (target: Target) => boolean): WatchStep {
    let dials = this.#redialsTurn
      ? this.#redial(now, isReached)
      : this.#visit(now, room, isReached);
    if (dials.length === 0)
      dials = this.#redialsTurn ? this.#visit(now, room, isReached) : this.#redial(now, isReached);
    return { dials, wait: Math.max(0, Math.min(this.#sweepAt, this.redials.dueAt) - now) };
  }

  #redial(now: Millis, isReached: (target: Target) => boolean): readonly Target[] {
    const target = this.redials.take(now, isReached);
    if (target === undefined) return [];
    this.#redialsTurn = false;
    return [target];
  }

  #visit(now: Millis, room: number, isReached: (target: Target) => boolean): readonly Target[] {
    if (now < this.#sweepAt - TURN / 2) return [];
    this.#redialsTurn = true;
    const { port } = this;
    const target = (address: Ipv4): Target => ({ host: formatIpv4(address), port });
    const gap = this.#gap();
    const from = Math.max(this.#sweepAt, now - TURN / 2);
    const targets: Target[] = [];
    const most = Math.min(room, Math.ceil(TURN / gap));
    while (targets.length < most) {
      const address = this.sweep.next((candidate) => isReached(target(candidate)));
      if (address === undefined) {
        // A round is over: the next one starts once this one has had its time.
        this.#roundStartedAt = Math.max(now, this.#roundStartedAt + this.#stretched(ROUND_TIME));
        this.#sweepAt = Math.max(this.#roundStartedAt, from + gap * targets.length);
        return targets;
      }
      targets.push(target(address));
    }
    this.#sweepAt = from + gap * targets.length;
    return targets;
  }

  #gap(): Millis {
    return this.#stretched(Math.max(SHORTEST_GAP, ROUND_TIME / this.sweep.size));
  }

  #stretched(pause: Millis): Millis {
    return pause * (1 + this.random.float() * JITTER);
  }
}
