import { chore } from '../network/chores.js';
import type { Clock, Timer } from '../network/clock.js';
import type { Mesh } from '../network/mesh.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** The time between two looks at all links (ms). */
const ROUND: Millis = 2_000;
/** How long a node may owe an answer (ms): longer than an event loop can be blocked without being called stalled. */
const PATIENCE: Millis = 4_000;

/**
 * Ends links that have died without a word, as they do where something on the way has forgotten a connection: TCP itself would go on sending
 * for a quarter of an hour. The heartbeats say who runs; whoever runs and does not answer over its link has none any more, and
 * is dialled again as after any loss. So has a member that is down and called before its machine went dark: no heartbeat is asked about it. Costs a ping where a link was used one way, and no timer where there is no link.
 */
export class LinkWatch {
  #timer: Timer | undefined;

  /** @param owes Whether nothing excuses the node for not answering. */
  constructor(
    private readonly mesh: Mesh,
    private readonly clock: Clock,
    private readonly owes: (id: NodeId) => boolean,
  ) {}

  start(): void {
    this.mesh.onLinkUp(() => this.#arm());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = chore(this.clock, ROUND, (late) => {
      this.#timer = undefined;
      this.#look(late);
    });
  }

  #look(late: Millis): void {
    const { mesh, owes } = this;
    // After a stall of its own, the answers wait unread behind this.
    const overslept = late > ROUND / 2;
    const linked = [...mesh.links()];
    for (const id of linked) {
      const owed = mesh.unansweredFor(id);
      if (owed === 0) continue;
      if (overslept || !owes(id)) mesh.forgive(id);
      else if (owed < PATIENCE) mesh.ping(id);
      else mesh.disconnect(id);
    }
    if (linked.length > 0) this.#arm();
  }
}
