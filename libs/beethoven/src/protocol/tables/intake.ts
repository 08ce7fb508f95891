import type { Millis } from '../terms.js';
import type { Comparisons } from './comparisons.js';
import { HeldBatches } from './held-batches.js';
import type { BatchMessage } from './messages.js';
import type { Peer } from './peer.js';
import type { Replication } from './replication.js';
import { CELLS_PER_ROW } from './row-cells.js';
import type { Key, Vector } from './row.js';
import type { TableReplica } from './table-replica.js';

/**
 * Takes in the fresh writes of peers, those of each in the order in which they were made: what comes behind a message that was lost is
 * held, and not acknowledged, until the comparison has brought what is missing. So nobody sees a transaction before one that it
 * follows, and none is confirmed that has lost one. A copy that is still in the making acknowledges at once: nobody waits for all of its rows.
 */
export class Intake {
  constructor(
    private readonly replication: Replication,
    private readonly comparisons: Comparisons,
  ) {}

  take(peer: Peer, message: BatchMessage, now: Millis): void {
    const { table, from, rows } = message;
    const replica = this.replication.tables.get(table);
    if (replica === undefined || !peer.tables.has(table)) return;
    // A run can only be of the sender's own log.
    if (from > 0 && rows.names[0] !== peer.replica) return;
    if (!peer.held.has(table) && isDue(peer, message, replica)) {
      this.#apply(peer, message, replica, now);
      this.#acknowledge(peer, message, replica);
      return;
    }
    const held = peer.held.get(table) ?? new HeldBatches();
    peer.held.set(table, held);
    // Where there is no room, the gap will show again once what is held is not held any more.
    if (held.push(message)) this.#promise(peer, table, held, replica);
    this.#ask(peer, table, now);
  }

  /** What was waited for may be here. */
  release(now: Millis): void {
    for (const peer of this.replication.peers.values())
      for (const [table, held] of peer.held) this.#release(peer, table, held, now);
  }

  /**
   * Takes in what is held all the same: its sender is gone, or somebody has to know all that there is of the table. Transactions that were not
   * acknowledged are dropped: they are on another copy with those that they follow, or were never committed.
   */
  surrender(peer: Peer, now: Millis, only?: string): void {
    for (const [table, held] of peer.held) {
      const replica = this.replication.tables.get(table);
      if (replica === undefined || (only !== undefined && only !== table)) continue;
      peer.held.delete(table);
      for (let first = held.first; first !== undefined; first = held.first) {
        held.shift();
        const { batch, isAcknowledged } = first;
        if (isAcknowledged || batch.decided.length === 0) this.#apply(peer, batch, replica, now);
      }
    }
  }

  #release(peer: Peer, table: string, held: HeldBatches, now: Millis): void {
    const replica = this.replication.tables.get(table);
    if (replica === undefined) return;
    for (let first = held.first; first !== undefined; first = held.first) {
      const { batch, isAcknowledged } = first;
      if (!isDue(peer, batch, replica)) {
        this.#promise(peer, table, held, replica);
        if (peer.expecting.has(table)) return;
        if (!held.isOverdue || isBeyondGap(peer, batch, replica)) {
          held.isOverdue = true;
          return this.#ask(peer, table, now);
        }
        // All that the peer has is here, so what it knew of when it sent this is nowhere any more.
      }
      held.shift();
      this.#apply(peer, batch, replica, now);
      if (!isAcknowledged) this.#acknowledge(peer, batch, replica);
    }
    peer.held.delete(table);
  }

  /** Acknowledges what is held, while the whole of the table is on its way from its sender. */
  #promise(peer: Peer, table: string, held: HeldBatches, replica: TableReplica): void {
    if (peer.receipts.get(table)?.staged !== null) return;
    for (const batch of held.acknowledged()) this.#acknowledge(peer, batch, replica);
  }

  #ask(peer: Peer, table: string, now: Millis): void {
    if (peer.expecting.has(table)) return;
    peer.expect(table, now);
    this.comparisons.tell(peer, [table], { complete: false, answer: false });
  }

  #apply(peer: Peer, message: BatchMessage, replica: TableReplica, now: Millis): void {
    const { table, from, to, rows, decided } = message;
    // What is asked after again is here already, perhaps without what has since replaced it. If not, whatever there is of it counts.
    const isKnown = from === 0 && isDue(peer, message, replica);
    this.replication.inFlight.arrive(table, replica, now);
    const changes = isKnown ? [] : replica.merge(rows, now);
    if (from > 0) replica.seeRun(peer.replica, from, to);
    for (const one of decided) this.replication.decided.add(table, one);
    this.replication.changed(table, changes);
  }

  /** Whether all of it was asked for here: nobody waits for the client's own word. */
  #isOwn({ decided }: BatchMessage): boolean {
    return decided.every(({ client }) => client === this.replication.replica);
  }

  #acknowledge(peer: Peer, message: BatchMessage, replica: TableReplica): void {
    const { table, confirm: tickets } = message;
    if (tickets === undefined || this.#isOwn(message)) return;
    const ack = { kind: 'ack', tickets, outdone: outdone(message, replica) } as const;
    this.replication.ports.whenKept(table, () => {
      // Another life of the peer counts its tickets anew.
      if (this.replication.peers.get(peer.id) === peer) this.replication.send(peer, ack);
    });
  }
}

function isDue(peer: Peer, message: BatchMessage, replica: TableReplica): boolean {
  return !isBeyondGap(peer, message, replica) && !replica.lacks(requirement(message));
}

function isBeyondGap(peer: Peer, { from }: BatchMessage, replica: TableReplica): boolean {
  return from > 1 && replica.lacks(new Map([[peer.replica, from - 1]]));
}

/** What must have been seen before a message is taken in. */
function requirement({ from, after, decided }: BatchMessage): Vector {
  return from > 0 ? after : new Map(decided.map(({ origin, seq }) => [origin, seq]));
}

/** The latest time of a row here that has won, or will, over one of the batch. */
function outdone({ rows: { names, cells } }: BatchMessage, replica: TableReplica): number {
  let latest = 0;
  for (let at = 0; at < cells.length; at += CELLS_PER_ROW) {
    const entry = replica.stored(cells[at] as Key);
    if (entry === undefined || entry.time < (cells[at + 2] as number)) continue;
    const isSame = entry.time === cells[at + 2] && entry.writer === names[cells[at + 3] as number];
    if (!isSame) latest = Math.max(latest, entry.time);
  }
  return latest;
}
