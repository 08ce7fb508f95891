import { Logger } from '@nestjs/common';
import type { ResolvedOptions } from '../beethoven.options.js';
import { chore } from '../network/chores.js';
import type { Clock, Timer } from '../network/clock.js';
import { clusterKey } from '../protocol/detector/beat.js';
import type { Accusation, Watch } from '../protocol/detector/peer.js';
import type { Random } from '../protocol/random.js';
import type { Incarnation, Millis, NodeId, PeerCard } from '../protocol/terms.js';
import type { Heartbeat, HeartbeatCounters, HeartbeatListener } from './heartbeat.js';
import type { FromAgent, ToAgent } from './heartbeat-agent.js';
import type { HeartbeatThread, StartHeartbeatThread } from './heartbeat-thread.js';
import { LocalHeartbeat } from './local-heartbeat.js';
import { Pulse, STOPPED } from './pulse.js';
import { WatchList } from './watch-list.js';

/**
 * A node joins first (ms): to load the thread takes the processor from the node and, on the same machine, from those that answer it. Five nodes on two cores knew
 * the fifth after 72 ms with a thread that was started at once, and after 52 ms with this.
 */
export const FIRST_START: Millis = 100;

/** A thread that ends by itself is started again so often, after so long (ms). */
const MAX_RESTARTS = 3;
const RESTART_DELAY: Millis = 1_000;

/** The main thread shows itself so often (ms), with what it wakes for anyway: to be asked would cost it a wake-up more. */
const SIGN_OF_LIFE: Millis = 1_000;

/**
 * A node that has not shown itself for so long (ms) was stopped with all of its threads, as by SIGSTOP or by the host of its virtual machine: then nobody has counted
 * a stall, and it is to be noticed all the same. Whoever runs shows itself once in 1.5 s. A heartbeat thread has turns more often, and tells sooner.
 */
const SILENT: Millis = 2_000;

/** What rounding may add to the time for which the thread is overdue (ms). */
const ROUNDING: Millis = 2;

/**
 * The heartbeat in a thread of its own. Until that beats, when it ends by itself, and where it cannot be started, the main thread does it
 * over the links: joining waits for nothing.
 */
export class ThreadedHeartbeat implements Heartbeat {
  readonly #logger = new Logger('Heartbeat');
  readonly #list = new WatchList();
  readonly #pulse = new Pulse();
  #listener: HeartbeatListener | undefined;
  #local: LocalHeartbeat | undefined;
  #thread: HeartbeatThread | undefined;
  #starting: Timer | undefined;
  #sign: Timer | undefined;
  #incarnation: Incarnation;
  #shownAt: Millis = 0;
  /** How many stops of the whole process are known here: of one that was seen first, the thread will tell. */
  #stops = 0;
  #phase = 0;
  #crashes = 0;

  constructor(
    private readonly options: Pick<ResolvedOptions, 'clusterName' | 'failureDetection'>,
    private readonly random: Random,
    private readonly clock: Clock,
    private readonly self: PeerCard,
    private readonly startThread: StartHeartbeatThread,
  ) {
    this.#incarnation = self.incarnation;
  }

  /** Of the thread that beats now. */
  counters(): HeartbeatCounters {
    const dropped = this.#local?.counters() ?? this.#pulse.dropped;
    return { ...dropped, crashes: this.#crashes };
  }

  start(listener: HeartbeatListener): void {
    this.#listener = listener;
    this.#shownAt = this.clock.now();
    this.#beatHere(listener);
    this.#startLater(FIRST_START);
    this.#showLife();
  }

  stop(): void {
    this.#starting?.cancel();
    this.#sign?.cancel();
    this.#thread?.terminate();
    this.#local?.stop();
    this.#listener = undefined;
  }

  tick(): void {
    const wasStopped = this.#wasStopped(this.clock.now());
    this.#pulse.countTurn();
    const { phase } = this.#pulse;
    const wasStalled = phase % 2 === 1 && phase > this.#phase;
    if (wasStalled) this.#phase = phase + 1; // at once, for this is called again by what follows
    if (wasStalled || wasStopped) this.#listener?.awake(this.#phase);
  }

  watch(watch: Watch): void {
    this.#list.watch(watch);
    this.#local?.watch(watch);
    this.#post(toThread(watch));
  }

  unwatch(id: NodeId): void {
    this.#list.unwatch(id);
    this.#local?.unwatch(id);
    this.#post({ kind: 'unwatch', id });
  }

  accuse(accusation: Accusation): void {
    this.#list.accuse(accusation);
    this.#local?.accuse(accusation);
    this.#post({ kind: 'accuse', accusation });
  }

  raise(incarnation: Incarnation, phase: number): void {
    this.#incarnation = incarnation;
    this.#phase = phase;
    this.#local?.raise(incarnation, phase);
    this.#post({ kind: 'raise', incarnation, phase });
  }

  digest(digest: number): void {
    this.#pulse.digest = digest;
    this.#local?.digest(digest);
  }

  beat(bytes: Uint8Array): void {
    if (this.#local !== undefined) this.#local.beat(bytes);
    else this.#post({ kind: 'beat', bytes });
  }

  /** Whether nobody in this process has run for a while, as the thread says, or this one sees before the thread runs again. */
  #wasStopped(now: Millis): boolean {
    const wasSilent = now - this.#shownAt > SILENT;
    this.#shownAt = now;
    const untold = (this.#pulse.stops - this.#stops) | 0;
    const isFirst = untold === 0 && this.#pulse.overdue(now) > STOPPED + ROUNDING;
    if (isFirst) this.#stops = (this.#stops + 1) | 0;
    else if (untold > 0) this.#stops = this.#pulse.stops;
    return wasSilent || isFirst || untold > 0;
  }

  get #card(): PeerCard {
    return { ...this.self, incarnation: this.#incarnation };
  }

  #beatHere(listener: HeartbeatListener): void {
    const { options, random, clock } = this;
    const local = new LocalHeartbeat(options, random, clock, this.#card, this.#phase);
    this.#local = local;
    local.digest(this.#pulse.digest);
    local.start(listener);
    this.#list.tell(local);
  }

  #startLater(after: Millis): void {
    this.#starting = this.clock.setTimer(after, () => this.#startThread());
  }

  #startThread(): void {
    const { id, startedAt } = this.self;
    const setup = {
      cluster: clusterKey(this.options.clusterName),
      self: { card: { id, startedAt, incarnation: this.#incarnation }, phase: this.#phase },
      config: this.options.failureDetection,
      memory: this.#pulse.memory,
    };
    const thread = this.startThread(setup, {
      message: (message) => this.#hear(message),
      ended: (why) => this.#ended(why),
    });
    this.#thread = thread;
    this.#stops = this.#pulse.stops; // what the last one owes will never come
    this.#list.tell({
      watch: (watch) => thread.post(toThread(watch)),
      accuse: (accusation) => thread.post({ kind: 'accuse', accusation }),
    });
  }

  #hear(message: FromAgent): void {
    const listener = this.#listener;
    this.tick();
    switch (message.kind) {
      case 'ready':
        this.#local?.stop();
        this.#local = undefined;
        if (message.without === undefined) break;
        this.#logger.warn(
          `No datagrams (${message.without}): heartbeats go over the links, and a blocked event loop here looks like a dead process sooner.`,
        );
        break;
      case 'poke':
        break; // the tick has answered it
      case 'verdict':
        listener?.verdict(message.verdict);
        break;
      case 'send':
        listener?.send(message.to, message.bytes);
        break;
    }
  }

  #showLife(): void {
    this.#sign = chore(this.clock, SIGN_OF_LIFE, () => {
      this.tick();
      this.#showLife();
    });
  }

  #ended(why: string): void {
    const listener = this.#listener;
    this.#thread = undefined;
    this.#pulse.due = Infinity;
    if (listener === undefined) return;
    this.#crashes++;
    const isLast = this.#crashes > MAX_RESTARTS;
    const sequel = isLast ? 'and is not started again' : 'and is started again';
    this.#logger.error(`The heartbeat thread has ended (${why}) ${sequel}; the main thread beats.`);
    this.tick();
    if (this.#local === undefined) this.#beatHere(listener);
    if (isLast) return;
    this.#startLater(RESTART_DELAY);
  }

  #post(message: ToAgent): void {
    this.#thread?.post(message);
  }
}

/** Without the labels, of which the thread has no use. */
function toThread({ card: { id, startedAt, incarnation }, ...rest }: Watch): ToAgent {
  return { kind: 'watch', watch: { card: { id, startedAt, incarnation }, ...rest } };
}
