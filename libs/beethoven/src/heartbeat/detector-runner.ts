import type { Clock, Timer } from '../network/clock.js';
import { decodeBeat, encodeBeat, type Life } from '../protocol/detector/beat.js';
import type { Detector } from '../protocol/detector/detector.js';
import type { DetectorEffect, Verdict } from '../protocol/detector/detector-effects.js';
import type { Accusation, Watch } from '../protocol/detector/peer.js';
import type { Way } from '../protocol/detector/reach.js';
import type { Incarnation, Millis, NodeId } from '../protocol/terms.js';

/** Where a detector's effects go. */
export interface DetectorOutlet {
  send(to: NodeId, way: Way, bytes: Uint8Array): void;
  verdict(verdict: Verdict): void;
}

/** Keeps an eye on the thread that runs the detector. */
export interface TurnListener {
  /** A timer fires, which is so late (ms). */
  before(late: Millis): void;
  /** It goes on then, at the latest; `Infinity`: not any more. */
  next(due: Millis): void;
}

/** Takes an answer back to where a beat came from. */
export type Reply = (to: Life, bytes: Uint8Array) => void;

/** A timer that is later than this is dealt with after what has arrived meanwhile: the answer may be among it. */
const LATE: Millis = 20;

/** Runs a detector, in whatever thread: gives it time and beats, with one timer for all that it waits for. */
export class DetectorRunner {
  #timer: { readonly due: Millis; readonly running: Timer } | undefined;
  #ended = false;
  #malformed = 0;

  /**
   * @param cluster stands for the cluster's name in beats
   */
  constructor(
    private readonly detector: Detector,
    private readonly cluster: number,
    private readonly clock: Clock,
    private readonly outlet: DetectorOutlet,
    private readonly turns?: TurnListener,
  ) {}

  /** Beats that were dropped because they were not what they should be. */
  get malformed(): number {
    return this.#malformed;
  }

  /** When it is to go on, at the latest; `Infinity` where it does not run. */
  get due(): Millis {
    return this.#timer?.due ?? Infinity;
  }

  start(): void {
    this.#do(this.detector.start(this.clock.now()));
  }

  stop(): void {
    this.#ended = true;
    this.#timer?.running.cancel();
    this.turns?.next(Infinity);
  }

  watch(watch: Watch): void {
    this.#do(this.detector.watch(this.clock.now(), watch));
  }

  unwatch(id: NodeId): void {
    this.#do(this.detector.unwatch(id));
  }

  accuse(accusation: Accusation): void {
    this.#do(this.detector.accuse(this.clock.now(), accusation));
  }

  /** What this node says of itself from here on. */
  raise(incarnation: Incarnation, phase: number): void {
    this.detector.raise(incarnation, phase);
  }

  digest(digest: number): void {
    this.detector.digest = digest;
  }

  /** @param reply for a stranger, of whom nobody knows where it is */
  beat(bytes: Uint8Array, way: Way, reply?: Reply): void {
    const beat = decodeBeat(this.cluster, bytes);
    if (beat === undefined) this.#malformed++;
    else this.#do(this.detector.handleBeat(this.clock.now(), beat, way), reply);
  }

  #do(effects: readonly DetectorEffect[], reply?: Reply): void {
    if (this.#ended) return;
    for (const effect of effects) this.#doOne(effect, reply);
    this.#arm();
  }

  #doOne(effect: DetectorEffect, reply?: Reply): void {
    if (effect.kind === 'reply') reply?.(effect.to, encodeBeat(this.cluster, effect.beat));
    else if (effect.kind !== 'send') this.outlet.verdict(effect);
    else this.outlet.send(effect.to, effect.way, encodeBeat(this.cluster, effect.beat));
  }

  /** A timer that is early is harmless, and costs less than a new one for every deadline that moves. */
  #arm(): void {
    const { due } = this.detector;
    if (due === Infinity || (this.#timer !== undefined && this.#timer.due <= due)) return;
    this.#timer?.running.cancel();
    const running = this.clock.setTimer(Math.max(0, due - this.clock.now()), () => {
      if (this.#ended) return;
      const late = this.clock.now() - due;
      this.turns?.before(late);
      if (late > LATE) this.clock.soon(() => this.#fire(due));
      else this.#fire(due);
    });
    this.#timer = { due, running };
    this.turns?.next(due);
  }

  /** The timers of a machine may be a fraction of a millisecond early: that is no reason to wake twice. */
  #fire(due: Millis): void {
    this.#timer = undefined;
    if (!this.#ended) this.#do(this.detector.handleTimer(Math.max(due, this.clock.now())));
  }
}
