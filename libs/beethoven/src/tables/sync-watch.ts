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

/** Knows when the rows of all others are here. */
export class SyncWatch {
  readonly #syncs = new Set<Sync>();

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

  /** To be called when somebody's rows have come, or somebody has gone. */
  check(): void {
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
