import type { Clock, Timer } from '../network/clock.js';
import type { Mesh } from '../network/mesh.js';
import { parseIpv4 } from '../protocol/ipv4.js';
import type { Redials } from '../protocol/locator/redials.js';
import type { Target } from '../protocol/locator/target.js';
import { SHORTEST_GAP, type Watch } from '../protocol/locator/watch.js';
import type { Millis } from '../protocol/terms.js';
import type { Reach } from './reach.js';
import type { SeedResolver } from './seed-resolver.js';

/** Time that a host has to take a call, and again to answer it: nobody waits for the outcome, so there is enough for a busy one. */
const CALL_TIME: Millis = 1_000;

/** The list of lost members is looked at as often as this, and no more often. */
export const POLL_TIME: Millis = 1_000;

/** So many addresses wait for their turn after names were looked up; more are left for the next time. */
export const MAX_WAITING = 256;

export interface WatcherTools {
  readonly clock: Clock;
  readonly mesh: Mesh;
  readonly reach: Reach;
  readonly watch: Watch;
  readonly redials: Redials;
  readonly resolver: SeedResolver;
  /** What is dialled besides the range: seeds, and members that were lost. */
  readonly extra: () => Iterable<Target>;
}

/** Drives the {@link Watch}: one timer, one call at a time. */
export class Watcher {
  #timer: Timer | undefined;
  #dueAt: Millis = Infinity;
  #polledAt: Millis = -Infinity;
  #stopped = false;
  /** Addresses behind names. */
  readonly #waiting: Target[] = [];

  constructor(private readonly tools: WatcherTools) {}

  start(): void {
    this.#wake(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #wake(wait: Millis): void {
    const { clock } = this.tools;
    const dueAt = clock.now() + wait;
    if (this.#stopped || dueAt >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    this.#timer = clock.setTimer(wait, () => {
      this.#dueAt = Infinity;
      this.#wake(this.#step());
    });
  }

  /** Calls at most one, and tells how long to rest. */
  #step(): Millis {
    const { clock, watch, redials, reach, extra } = this.tools;
    const now = clock.now();
    if (now - this.#polledAt >= POLL_TIME) {
      this.#polledAt = now;
      redials.keep(extra(), now);
    }
    let address = this.#waiting.shift();
    while (address !== undefined && reach.has(address)) address = this.#waiting.shift();
    if (address !== undefined) {
      void this.#call(address);
      return SHORTEST_GAP;
    }
    const { dial, wait } = watch.next(now, (target) => reach.has(target));
    if (dial !== undefined) void (isAddress(dial) ? this.#call(dial) : this.#lookUp(dial));
    return Math.min(wait, POLL_TIME);
  }

  async #call(target: Target): Promise<void> {
    const { mesh, reach } = this.tools;
    reach.learn(target, await mesh.connect(target.host, target.port, undefined, CALL_TIME));
  }

  async #lookUp(name: Target): Promise<void> {
    const { resolver, reach } = this.tools;
    for (const address of await resolver.resolve(name))
      if (this.#waiting.length < MAX_WAITING && !reach.has(address)) this.#waiting.push(address);
    if (this.#waiting.length > 0) this.#wake(SHORTEST_GAP);
  }
}

function isAddress({ host }: Target): boolean {
  return parseIpv4(host) !== undefined;
}
