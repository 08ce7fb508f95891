import { chore } from '../network/chores.js';
import type { Clock, Timer } from '../network/clock.js';
import type { Mesh } from '../network/mesh.js';
import { FIRST_PAUSE, LAST_PAUSE, type Redials } from '../protocol/locator/redials.js';
import { RateCap, SHORTEST_GAP } from '../protocol/locator/rate-cap.js';
import { targetKey, type Target } from '../protocol/locator/target.js';
import { ROUND_TIME, type Watch } from '../protocol/locator/watch.js';
import type { Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import type { DiscoveryChain, Find } from './discovery-chain.js';
import type { Reach } from './reach.js';
import type { SearchJournal } from './search-journal.js';
import { RANGE } from './seek.js';

/** Time that a host has to take a call. */
const CALL_TIME: Millis = 1_000;

/** The list of lost members is looked at as often as this while it is about to change, and once a round otherwise. */
export const POLL_TIME: Millis = 1_000;

/** A member whose link has ended is on that list by now, or is not lost: no suspicion takes longer. */
const ALERT_TIME: Millis = 60_000;

/** So many addresses that sources gave wait for their turn; more are left for the next time. */
export const MAX_WAITING = 256;

/** The source, in the report, of members that went down. */
const LOST = 'lost';

export interface WatcherTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly mesh: Mesh;
  readonly reach: Reach;
  readonly watch: Watch;
  readonly redials: Redials;
  readonly chain: DiscoveryChain;
  readonly journal: SearchJournal;
  /** Members that were lost. */
  readonly lost: () => Iterable<Target>;
}

/** Drives the {@link Watch} and the sources, all under one rate cap. */
export class Watcher {
  #timer: Timer | undefined;
  #asking: Timer | undefined;
  #pause = FIRST_PAUSE;
  #dueAt: Millis = Infinity;
  #polledAt: Millis = -Infinity;
  #alertUntil: Millis = -Infinity;
  #stopped = false;
  #lost: ReadonlySet<string> = new Set();
  /** What sources gave and nobody has called yet, by address. */
  readonly #waiting = new Map<string, Find>();
  #waitingHasTurn = true;
  readonly #cap = new RateCap();

  constructor(private readonly tools: WatcherTools) {}

  start(): void {
    const { chain } = this.tools;
    chain.onFind = (find) => this.#offer(find);
    this.#askLater();
    this.#wake(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#asking?.cancel();
  }

  /** Somebody was lost: is looked for, and the sources are asked soon, and then more and more seldom again. */
  hurry(): void {
    this.#alertUntil = this.tools.clock.now() + ALERT_TIME;
    this.#wake(POLL_TIME);
    if (this.#pause === FIRST_PAUSE || this.#stopped) return;
    this.#pause = FIRST_PAUSE;
    this.#askLater();
  }

  #askLater(): void {
    const { clock, random, chain } = this.tools;
    this.#asking?.cancel();
    // Nodes that were started together do not ask together.
    this.#asking = clock.setTimer(this.#pause * (0.75 + random.float() * 0.25), () => {
      this.#pause = Math.min(this.#pause * 2, LAST_PAUSE);
      void chain.round();
      this.#askLater();
    });
  }

  #offer(find: Find): void {
    if (this.#waiting.size === MAX_WAITING || this.tools.reach.has(find.target)) return;
    this.#waiting.set(targetKey(find.target), find);
    this.#wake(SHORTEST_GAP);
  }

  #wake(wait: Millis): void {
    const { clock } = this.tools;
    const dueAt = clock.now() + wait;
    if (this.#stopped || dueAt >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    this.#timer = chore(clock, wait, () => {
      this.#dueAt = Infinity;
      this.#wake(this.#step());
    });
  }

  /** Calls whoever is due, and tells how long to rest. What sources gave and what the Watch wants have turns, so that neither starves. */
  #step(): Millis {
    const now = this.tools.clock.now();
    const room = this.#cap.room(now);
    if (room < 1) return this.#cap.wait(now);
    this.#poll(now);
    const find = this.#waitingHasTurn ? this.#nextWaiting() : undefined;
    this.#waitingHasTurn = find === undefined;
    const { finds, wait } =
      find === undefined ? this.#watch(now, room) : { finds: [find], wait: 0 };
    for (const due of finds) void this.#call(due);
    this.#cap.spend(now, finds.length);
    const isAlert = this.#lost.size > 0 || now < this.#alertUntil;
    const rest = this.#waiting.size > 0 ? 0 : isAlert ? POLL_TIME : ROUND_TIME;
    return Math.max(inStep(Math.min(wait, rest)), this.#cap.wait(now));
  }

  /** Asks who is lost now. */
  #poll(now: Millis): void {
    if (now - this.#polledAt < POLL_TIME) return;
    this.#polledAt = now;
    const targets = [...this.tools.lost()];
    this.#lost = new Set(targets.map(targetKey));
    this.tools.redials.keep(targets, now);
  }

  #watch(now: Millis, room: number): { finds: readonly Find[]; wait: Millis } {
    const { watch, reach } = this.tools;
    const { dials, wait } = watch.next(now, room, (target) => reach.has(target));
    const source = (target: Target) => (this.#lost.has(targetKey(target)) ? LOST : RANGE);
    return { finds: dials.map((target) => ({ source: source(target), target })), wait };
  }

  #nextWaiting(): Find | undefined {
    for (const [key, find] of this.#waiting) {
      this.#waiting.delete(key);
      if (!this.tools.reach.has(find.target)) return find;
    }
    return undefined;
  }

  async #call({ source, target }: Find): Promise<void> {
    const { mesh, reach, journal, clock } = this.tools;
    const outcome = await mesh.connect(target.host, target.port, undefined, CALL_TIME);
    reach.learn(target, outcome);
    journal.called(source, target, outcome, clock.now());
  }
}

/** What may wait for seconds waits for whole ones, and is a chore among others. */
function inStep(wait: Millis): Millis {
  return wait < POLL_TIME ? wait : Math.round(wait / POLL_TIME) * POLL_TIME;
}
