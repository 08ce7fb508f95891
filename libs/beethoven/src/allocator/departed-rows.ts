import { filter, startWith, type Subscription } from 'rxjs';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { Clock, Timer } from '../network/clock.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';

/** How long the row of a departed node stays (ms): a restart, or a partition of a moment, then costs no writes. */
const DELAY: Millis = 5_000;

/**
 * Removes the rows that departed nodes have left in a table with one row a node. The senior live member does it for all; a
 * node whose row was removed by mistake writes it again.
 */
export class DepartedRows<Row extends { readonly node: NodeId }> {
  #subscription: Subscription | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly table: Table<Row>,
    private readonly coreServer: CoreServerService,
    private readonly clock: Clock,
  ) {}

  start(): void {
    // A join counts as well: a cluster that merges with ours brings the rows of its dead. So does the start: some may have gone before it.
    this.#subscription = this.coreServer.membership$
      .pipe(
        filter(({ type }) => type === 'left' || type === 'down' || type === 'joined'),
        startWith(undefined),
      )
      .subscribe(() => {
        this.#timer ??= this.clock.setTimer(DELAY, () => this.#sweep());
      });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    this.#timer?.cancel();
  }

  #sweep(): void {
    this.#timer = undefined;
    // The eldest comes first.
    if (!this.coreServer.nodes()[0]?.self) return;
    const departed = [...this.table.rows()].filter(({ node }) => !this.coreServer.isLive(node));
    for (const { node } of departed) this.table.delete(node);
  }
}
