import type { Clock, Timer } from '../network/clock.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** How long one node that does not answer can hold up the others that have. */
const PATIENCE: Millis = 2_000;

interface Sync {
  /** Whose rows are waited for. */
  readonly awaited: Set<NodeId>;
  impatient: boolean;
  readonly timer: Timer;
  readonly done: () => void;
}

/** One table that is catching up. */
interface Arrival {
  readonly isWhole: () => boolean;
  readonly timer: Timer;
  readonly done: (isWhole: boolean) => void;
}

/** Knows when the rows of all others are here. */
export class SyncWatch {
  readonly #syncs = new Set<Sync>();
  readonly #arrivals = new Set<Arrival>();

  constructor(
    private readonly clock: Clock,
    private readonly cluster: {
      /** The other nodes. */
      others(): ReadonlySet<NodeId>;
      /** Those whose rows are here. */
      exchanged(): ReadonlySet<NodeId>;
    },
  ) {}

  synced(): Promise<void> {
    return new Promise((done) => {
      const timer = this.clock.setTimer(PATIENCE, () => {
        sync.impatient = true;
        this.check();
      });
      const sync: Sync = { awaited: new Set(this.cluster.others()), impatient: false, timer, done };
      this.#syncs.add(sync);
      this.check();
    });
  }

  /** Resolves once one table has all its rows, or after the time-out. @returns whether it has */
  arrived(isWhole: () => boolean, timeout: Millis): Promise<boolean> {
    if (isWhole()) return Promise.resolve(true);
    return new Promise((done) => {
      const timer = this.clock.setTimer(timeout, () => this.#settle(arrival, false));
      const arrival: Arrival = { isWhole, timer, done };
      this.#arrivals.add(arrival);
    });
  }

  /** To be called when somebody's rows have come, or somebody has gone. */
  check(): void {
    for (const arrival of this.#arrivals) if (arrival.isWhole()) this.#settle(arrival, true);
    if (this.#syncs.size === 0) return;
    const others = this.cluster.others();
    const exchanged = this.cluster.exchanged();
    for (const sync of this.#syncs) {
      if (isDone(sync, others, exchanged)) this.#end(sync);
    }
  }

  /** Lets everybody go. */
  stop(): void {
    for (const sync of this.#syncs) this.#end(sync);
    for (const arrival of this.#arrivals) this.#settle(arrival, arrival.isWhole());
  }

  #settle(arrival: Arrival, isWhole: boolean): void {
    this.#arrivals.delete(arrival);
    arrival.timer.cancel();
    arrival.done(isWhole);
  }

  #end(sync: Sync): void {
    this.#syncs.delete(sync);
    sync.timer.cancel();
    sync.done();
  }
}

function isDone(
  { awaited, impatient }: Sync,
  others: ReadonlySet<NodeId>,
  exchanged: ReadonlySet<NodeId>,
): boolean {
  let any = others.size === 0;
  let all = true;
  for (const id of others) if (exchanged.has(id)) any = true;
  for (const id of awaited) if (others.has(id) && !exchanged.has(id)) all = false;
  return any && (all || impatient);
}
