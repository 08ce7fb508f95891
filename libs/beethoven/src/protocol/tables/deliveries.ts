import type { Millis } from '../terms.js';
import type { MoreMessage, Scope } from './messages.js';
import { Names } from './names.js';
import type { Entry } from './entry.js';
import type { Peer } from './peer.js';
import type { Replication } from './replication.js';
import { addRow } from './row-cells.js';
import type { Vector } from './row.js';
import type { TableReplica } from './table-replica.js';
import { MESSAGE_WEIGHT, weighRow } from './weight.js';

/** What goes into one chunk (bytes, about): a turn of the event loop has up to {@link WINDOW} of them to encode, or to take in. */
const CHUNK_WEIGHT = MESSAGE_WEIGHT / 2;
/** Chunks that are under way at a time, at most: one at first, whose turn has all the rows to gather. */
const WINDOW = 4;
/** A delivery that has not moved for this long is given up when the peer asks again. */
const STALLED: Millis = 2_000;

/** What one peer lacks of one table, while it is being sent. */
export interface Delivery {
  readonly session: number;
  readonly scope: Scope;
  readonly entries: readonly Readonly<Entry>[];
  /** What the peer had seen before, and will have seen after. */
  readonly before: Vector;
  readonly after: Vector;
  /** What this copy could not tell of when the delivery began. */
  readonly horizon: Vector;
  readonly floor: number;
  /** Which claim of the peer it answers; 0: none. */
  readonly claim: number;
  at: number;
  chunks: number;
  acknowledged: number;
  movedAt: Millis;
}

/**
 * Sends peers what they lack, in chunks, as fast as they take them in. Always the version that is newest when its chunk leaves; what
 * the peer has seen is told with the last chunk, for before that it holds parts of states that never were.
 */
export class Deliveries {
  #sessions = 0;

  constructor(private readonly replication: Replication) {}

  /** Begins, if a peer that has seen this much lacks anything, and nothing is under way. */
  start(peer: Peer, table: string, replica: TableReplica, before: Vector, now: Millis): void {
    const lack = replica.lack(before);
    if (lack !== 'nothing') this.begin(peer, table, replica, lack, before, now);
  }

  begin(
    peer: Peer,
    table: string,
    replica: TableReplica,
    scope: Scope,
    before: Vector,
    now: Millis,
  ): void {
    const running = peer.deliveries.get(table);
    if (running === undefined || now - running.movedAt >= STALLED)
      this.#begin(peer, table, replica, scope, before, now);
  }

  /** To who claims to decide for the table: whatever is under way, all that it lacks at this moment, be it nothing. */
  answer(
    peer: Peer,
    table: string,
    replica: TableReplica,
    before: Vector,
    claim: number,
    now: Millis,
  ): void {
    const scope = replica.lack(before) === 'all' ? 'all' : 'some';
    this.#begin(peer, table, replica, scope, before, now, claim);
  }

  #begin(
    peer: Peer,
    table: string,
    replica: TableReplica,
    scope: Scope,
    before: Vector,
    now: Millis,
    claim = 0,
  ): void {
    this.replication.flush(table, replica);
    const delivery: Delivery = {
      session: ++this.#sessions,
      scope,
      entries: replica.beyond(scope === 'some' ? before : new Map()),
      before,
      after: replica.seen(),
      horizon: replica.horizon(),
      floor: replica.floor,
      claim,
      at: 0,
      chunks: 0,
      acknowledged: 0,
      movedAt: now,
    };
    peer.deliveries.set(table, delivery);
    this.#pump(peer, table, delivery);
  }

  acknowledged(peer: Peer, { table, session, index }: MoreMessage, now: Millis): void {
    const delivery = peer.deliveries.get(table);
    const replica = this.replication.tables.get(table);
    if (replica === undefined || delivery?.session !== session || index >= delivery.chunks) return;
    delivery.acknowledged = Math.max(delivery.acknowledged, index + 1);
    delivery.movedAt = now;
    if (delivery.at < delivery.entries.length) this.#pump(peer, table, delivery);
    else if (delivery.acknowledged === delivery.chunks) {
      peer.deliveries.delete(table);
      if (replica.tombstones > 0) peer.seen.set(table, delivery.after);
    }
  }

  #pump(peer: Peer, table: string, delivery: Delivery): void {
    const window = Math.min(WINDOW, delivery.acknowledged + 1);
    while (delivery.chunks - delivery.acknowledged < window) {
      const index = delivery.chunks++;
      const { session, scope } = delivery;
      const rows = nextRows(delivery);
      const isLast = delivery.at === delivery.entries.length;
      const chunk = { kind: 'chunk', table, session, index, scope, rows } as const;
      const message = isLast ? { ...chunk, end: this.#end(table, delivery) } : chunk;
      if (!this.replication.send(peer, message, 'bulk')) {
        peer.deliveries.delete(table);
        return;
      }
      if (isLast) return;
    }
  }

  #end(table: string, { before, after, horizon, floor, claim }: Delivery) {
    const decided = this.replication.decided.beyond(table, before);
    return { seen: after, horizon, floor, decided, claim };
  }
}

/** Rows of one place in a log stay in one chunk: they were written together. */
function nextRows(delivery: Delivery) {
  const { entries } = delivery;
  const names = new Names();
  const cells: unknown[] = [];
  let weight = 0;
  let last: Readonly<Entry> | undefined;
  while (delivery.at < entries.length) {
    const entry = entries[delivery.at] as Readonly<Entry>;
    const isTied = last?.origin === entry.origin && last.seq === entry.seq;
    if (weight > CHUNK_WEIGHT && !isTied) break;
    addRow(cells, names, entry);
    weight += weighRow(entry.row);
    last = entry;
    delivery.at++;
  }
  return { names: names.list, cells };
}
