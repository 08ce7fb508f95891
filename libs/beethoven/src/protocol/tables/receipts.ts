import type { Millis } from '../terms.js';
import type { Claims } from './claims.js';
import type { Deliveries } from './deliveries.js';
import type { ChunkMessage } from './messages.js';
import type { Peer } from './peer.js';
import type { Replication } from './replication.js';
import { CELLS_PER_ROW, type RowCells } from './row-cells.js';
import type { Change, Key } from './row.js';

/** What is coming from one peer for one table. */
export interface Receipt {
  readonly session: number;
  next: number;
  /** The keys of the peer's table so far, where it sends the whole of it. */
  readonly present: Set<Key>;
  /** What is shown once all of it is here: one chunk alone may have a part of a transaction. `null`: it is shown as it comes. */
  staged: RowCells[] | null;
  rows: number;
}

/** The most rows that are taken in at once; more of them, and the rows of a copy that had none, are shown chunk by chunk. */
export const MAX_STAGED = 20_000;

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
    if (index === 0) {
      const staged = replica.size > 0 ? [] : null;
      peer.receipts.set(table, { session, next: 0, present: new Set(), staged, rows: 0 });
    }
    const receipt = peer.receipts.get(table);
    if (receipt === undefined || receipt.session !== session || receipt.next !== index) {
      peer.receipts.delete(table); // a chunk was lost on the way; the next comparison begins anew
      return;
    }
    receipt.next++;

    const isAgain = scope === 'again' || scope === 'answer';
    receipt.rows += rows.cells.length / CELLS_PER_ROW;
    receipt.staged?.push(rows);
    const changes: Change[] = [];
    if (end !== undefined || receipt.rows > MAX_STAGED || receipt.staged === null) {
      for (const part of receipt.staged ?? [rows])
        for (const change of replica.merge(part, now, isAgain)) changes.push(change);
      receipt.staged = null;
    }
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
