import type { Millis } from '../terms.js';
import type { Claims } from './claims.js';
import type { Deliveries } from './deliveries.js';
import type { ChunkMessage } from './messages.js';
import type { Peer } from './peer.js';
import type { Replication } from './replication.js';
import { CELLS_PER_ROW } from './row-cells.js';
import type { Key } from './row.js';

/** What is coming from one peer for one table. */
export interface Receipt {
  readonly session: number;
  next: number;
  /** The keys of the peer's table so far, where it sends the whole of it. */
  readonly present: Set<Key>;
}

/** Takes in what peers send to one that lacks it. */
export class Receipts {
  constructor(
    private readonly replication: Replication,
    private readonly deliveries: Deliveries,
    private readonly claims: Claims,
  ) {}

  take(peer: Peer, message: ChunkMessage, now: Millis): void {
    const { table, session, index, scope, rows, end } = message;
    const replica = this.replication.tables.get(table);
    if (replica === undefined || !peer.tables.has(table)) return;
    if (index === 0) peer.receipts.set(table, { session, next: 0, present: new Set() });
    const receipt = peer.receipts.get(table);
    if (receipt === undefined || receipt.session !== session || receipt.next !== index) {
      peer.receipts.delete(table); // a chunk was lost on the way; the next comparison begins anew
      return;
    }
    receipt.next++;

    const isAgain = scope === 'again' || scope === 'answer';
    const changes = replica.merge(rows, now, isAgain);
    if (scope === 'all') {
      for (let at = 0; at < rows.cells.length; at += CELLS_PER_ROW)
        receipt.present.add(rows.cells[at] as Key);
    }
    if (end !== undefined) {
      if (scope === 'all') {
        for (const change of replica.dropAbsent(peer.replica, receipt.present, end.seen))
          changes.push(change);
      }
      replica.see(end.seen);
      replica.forgetAs(end.horizon, end.floor);
      for (const decided of end.decided) this.replication.decided.add(table, decided);
      peer.receipts.delete(table);
      peer.expecting.delete(table);
    }
    this.replication.send(peer, { kind: 'more', table, session, index });
    if (end !== undefined && scope === 'again') {
      this.deliveries.begin(peer, table, replica, 'answer', end.seen, now);
    }
    this.replication.changed(table, changes);
    if (end !== undefined && end.claim > 0) this.claims.heard(peer, table, end.claim);
  }
}
