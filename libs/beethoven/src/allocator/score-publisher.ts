import type { Clock } from '../network/clock.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';
import { Pacer } from './pacer.js';
import type { NodeScore } from './ranking.js';
import type { SignalIngress } from './signal-ingress.js';

/** Between two writes of a node's score (ms): a thousand signals in a tick are one write, and a burst is at most 100 a second. */
const SPACING: Millis = 10;

/** Writes the score of this node where every node reads it, when it has changed. */
export class ScorePublisher {
  readonly #pacer: Pacer;
  #written: number | undefined;

  constructor(
    private readonly table: Table<NodeScore>,
    private readonly node: NodeId,
    private readonly ingress: SignalIngress,
    private readonly clock: Clock,
  ) {
    this.#pacer = new Pacer(clock, SPACING, () => this.#write());
  }

  start(): void {
    this.ingress.onChange = () => this.#pacer.request();
    this.#pacer.request();
  }

  stop(): void {
    this.ingress.onChange = () => {};
    this.#pacer.stop();
  }

  /**
   * The row of this node is now this. The other side of a partition removes it, and a restarted node finds the score of its
   * former life: only this node knows its score, so it says it again.
   */
  heard(row: NodeScore | undefined): void {
    if (row !== undefined && row.score === this.#written) return;
    this.#written = undefined;
    this.#pacer.request();
  }

  #write(): void {
    const score = this.ingress.score();
    if (score === this.#written) return;
    this.#written = score;
    this.table.put({ node: this.node, score, lastChange: this.clock.now() });
  }
}
