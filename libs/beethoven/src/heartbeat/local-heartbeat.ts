import type { ResolvedOptions } from '../beethoven.options.js';
import type { Clock } from '../network/clock.js';
import { clusterKey } from '../protocol/detector/beat.js';
import { Detector } from '../protocol/detector/detector.js';
import type { Accusation, Watch } from '../protocol/detector/peer.js';
import type { Random } from '../protocol/random.js';
import type { Incarnation, Millis, NodeId, PeerCard } from '../protocol/terms.js';
import { DetectorRunner } from './detector-runner.js';
import type { Heartbeat, HeartbeatCounters, HeartbeatListener } from './heartbeat.js';

/** A turn that is so late (ms) was missed by others, who may have decided something in place of this node. */
const BLOCKED: Millis = 500;

/** The heartbeat in the main thread: every beat goes over a link, and stops while the event loop is blocked. */
export class LocalHeartbeat implements Heartbeat {
  readonly #runner: DetectorRunner;
  readonly #detector: Detector;
  #listener: HeartbeatListener | undefined;
  /** Which turn that was, if it has been told. */
  #missed: Millis = 0;

  constructor(
    { clusterName, failureDetection }: Pick<ResolvedOptions, 'clusterName' | 'failureDetection'>,
    random: Random,
    private readonly clock: Clock,
    self: PeerCard,
    private readonly phase = 0,
  ) {
    const detector = new Detector(failureDetection, random, { card: self, phase });
    this.#detector = detector;
    this.#runner = new DetectorRunner(detector, clusterKey(clusterName), clock, {
      send: (to, _way, bytes) => this.#listener?.send(to, bytes),
      verdict: (verdict) => this.#listener?.verdict(verdict),
    });
  }

  start(listener: HeartbeatListener): void {
    this.#listener = listener;
    this.#runner.start();
  }

  stop(): void {
    this.#runner.stop();
  }

  tick(): void {
    const { due } = this.#runner;
    if (this.clock.now() - due <= BLOCKED || due === this.#missed) return;
    this.#missed = due;
    this.#listener?.awake(this.phase);
  }

  watch(watch: Watch): void {
    this.#runner.watch(watch);
  }

  unwatch(id: NodeId): void {
    this.#runner.unwatch(id);
  }

  accuse(accusation: Accusation): void {
    this.#runner.accuse(accusation);
  }

  raise(incarnation: Incarnation, phase: number): void {
    this.#runner.raise(incarnation, phase);
  }

  digest(digest: number): void {
    this.#runner.digest(digest);
  }

  counters(): HeartbeatCounters {
    const { malformed } = this.#runner;
    return { malformed, strangers: this.#detector.strangers, forged: 0, crashes: 0 };
  }

  beat(bytes: Uint8Array): void {
    this.#runner.beat(bytes, 'link');
  }
}
