import { Numbered } from '../numbered.js';
import type { Millis, NodeId } from '../terms.js';
import type { Claims } from './claims.js';
import { isInConflict } from './conflicts.js';
import type { AckMessage, CommitMessage, Decided, Tickets } from './messages.js';
import { Names } from './names.js';
import type { Entry } from './entry.js';
import type { Peer } from './peer.js';
import type { Replication } from './replication.js';
import { rowCells } from './row-cells.js';
import type { Key, ReplicaId } from './row.js';
import type { TableReplica } from './table-replica.js';
import { weighRow } from './weight.js';

/** A node that has not noticed yet that it is to decide gets this long to do so, before the client is told to look elsewhere. */
const PARKED: Millis = 50;
const MAX_PARKED = 1_024;
/** The most that are decided and not acknowledged, of all clients together. */
export const MAX_PENDING = 65_536;
/** Copies that have not acknowledged for this long are sent the rows again. */
const RESEND: Millis = 500;
/** The client has given up long before. */
const ABANDONED: Millis = 10_000;
/** How often a transaction is stamped anew because a copy has a later version of one of its rows. */
const MAX_ROUNDS = 3;

export type Verdict =
  /** Every copy has the rows. The attempt is an earlier one where that was decided before. */
  | { readonly outcome: 'committed'; readonly attempt: number }
  /** What was read is not what is here. */
  | { readonly outcome: 'conflict' }
  /** This node does not decide for the table. */
  | { readonly outcome: 'elsewhere' };

export interface Request extends Omit<CommitMessage, 'kind'> {
  readonly client: NodeId;
  /** Which copy the client has: the first part of the transaction's id. */
  readonly replica: ReplicaId;
  /** Called once. */
  readonly answer: (verdict: Verdict) => void;
}

/** Spelled out: to spread it would cost as much as to decide it. */
export function requestOf(
  message: Omit<CommitMessage, 'kind'>,
  { client, replica, answer }: Pick<Request, 'client' | 'replica' | 'answer'>,
): Request {
  const { table, number, attempt, settled, time, reads, foreseen, count, writes } = message;
  return {
    table,
    number,
    attempt,
    settled,
    time,
    reads,
    foreseen,
    count,
    writes,
    client,
    replica,
    answer,
  };
}

/** A transaction that was decided, and that some copies have not acknowledged. */
interface Pending {
  ticket: number;
  readonly request: Request;
  readonly decided: Decided;
  readonly waiting: Set<NodeId>;
  /** Of its rows (bytes, about). */
  readonly weight: number;
  readonly since: Millis;
  /** Where its rows stand in this node's log, as far as nobody has replaced them. */
  place: number;
  sentAt: Millis;
  outdone: number;
  rounds: number;
}

/**
 * Decides transactions while this node is the senior copy. Optimistic: a transaction goes through when what it has read is still so.
 * Decided at once, answered when the other copies have the rows; the next one does not wait for that. What is decided in one turn
 * travels in one message, and is acknowledged in one.
 */
export class Coordinator {
  /** By their tickets, the oldest first. */
  readonly #pending = new Numbered<Pending>();
  #tickets = 0;
  #parked: { readonly request: Request; readonly until: Millis }[] = [];

  constructor(
    private readonly replication: Replication,
    private readonly claims: Claims,
  ) {}

  /** When {@link handleTime} has something to do. */
  get dueAt(): Millis {
    const [parked] = this.#parked;
    // The oldest is enough: those that were sent again are due later than the others, and looked at with them.
    const oldest = this.#pending.first?.sentAt ?? Infinity;
    return Math.min(parked?.until ?? Infinity, oldest + RESEND);
  }

  /** Decides, or waits a moment to learn that it is this node which decides, and what the others have. */
  handle(request: Request, now: Millis, until = now + PARKED): void {
    const replica = this.replication.tables.get(request.table);
    if (replica === undefined) {
      request.answer({ outcome: 'elsewhere' });
    } else if (
      this.replication.coordinator(request.table) === this.replication.self &&
      this.claims.isWon(request.table, replica, now)
    ) {
      this.#decide(request, replica, now);
    } else if (this.#parked.length < MAX_PARKED) {
      this.#parked.push({ request, until });
      this.replication.ports.wakeAt(until);
    } else {
      request.answer({ outcome: 'elsewhere' });
    }
  }

  acknowledged({ id }: Peer, { tickets, outdone }: AckMessage, now: Millis): void {
    for (const pending of this.#with(tickets)) {
      if (!pending.waiting.delete(id)) continue;
      pending.outdone = Math.max(pending.outdone, outdone);
      if (pending.waiting.size === 0) this.#settle(pending, now);
    }
  }

  /** Members came, went or fell under suspicion: there may be fewer to wait for, and more to decide. */
  membersChanged(now: Millis): void {
    const trusted = new Set<NodeId>();
    for (const { id, suspect } of this.replication.ports.members()) if (!suspect) trusted.add(id);
    for (const pending of this.#pending.values()) {
      for (const id of pending.waiting) if (!trusted.has(id)) pending.waiting.delete(id);
      if (pending.waiting.size === 0) this.#settle(pending, now);
    }
    this.reconsider(now);
  }

  /** It may be this node which decides now. */
  reconsider(now: Millis): void {
    for (const { request, until } of this.#parked.splice(0)) this.handle(request, now, until);
  }

  handleTime(now: Millis): void {
    const late = this.#parked.filter(({ until }) => until <= now);
    this.#parked = this.#parked.filter(({ until }) => until > now);
    for (const { request } of late) request.answer({ outcome: 'elsewhere' });

    for (const pending of this.#pending.values()) {
      if (now - pending.since >= ABANDONED) this.#forget(pending);
      else if (now - pending.sentAt >= RESEND) this.#sendAgain(pending, now);
    }
  }

  #decide(request: Request, replica: TableReplica, now: Millis): void {
    const { table, number, attempt, settled, writes, answer } = request;
    const log = this.replication.decided;
    // Asked again: the answer is on its way, or has long arrived.
    if (log.isUnderway(request.replica, number)) return;
    if (log.isSettled(request.replica, number)) return;
    const decided = log.get(request.replica, number);
    if (decided !== undefined) {
      // An earlier coordinator may have died before it had told everyone.
      const pending = this.#await(request, decided, now);
      this.#sendAgain(pending, now);
      if (pending.waiting.size === 0) this.#settle(pending, now);
      return;
    }
    if (!this.replication.ports.mayDecide(table) || this.#pending.size >= MAX_PENDING) {
      answer({ outcome: 'elsewhere' });
      return;
    }
    if (isInConflict(request, request.replica, replica, log)) {
      // What the client should have read is with it before the answer.
      this.replication.flush(table, replica);
      answer({ outcome: 'conflict' });
      return;
    }
    this.replication.clock.observe(request.time, now);
    const changes = replica.writeTogether(writes, now);
    const { known: seq, id: origin } = replica.self;
    const client = request.replica;
    const verdict: Decided = { client, number, settled, attempt, origin, seq };
    log.add(table, verdict);
    const pending = this.#await(request, verdict, now);
    this.#send(pending, replica);
    if (pending.waiting.size === 0) this.#settle(pending, now);
    this.replication.changed(table, changes);
  }

  #await(request: Request, decided: Decided, now: Millis): Pending {
    const waiting = this.#trustedCopies(request);
    let weight = 0;
    for (const { row } of request.writes) weight += weighRow(row);
    const pending: Pending = {
      ticket: ++this.#tickets,
      request,
      decided,
      waiting,
      weight,
      since: now,
      place: 0,
      sentAt: now,
      outdone: 0,
      rounds: 0,
    };
    this.#pending.set(pending.ticket, pending);
    this.replication.decided.mark(request.replica, request.number, true);
    if (waiting.size > 0) this.replication.ports.wakeAt(now + RESEND);
    return pending;
  }

  /** Those whose word is waited for: the client knows by itself whether it has the rows. */
  #trustedCopies({ table, client }: Request): Set<NodeId> {
    const { peers, ports } = this.replication;
    const trusted = new Set<NodeId>();
    for (const { id, suspect } of ports.members())
      if (!suspect && id !== client && peers.get(id)?.tables.has(table)) trusted.add(id);
    return trusted;
  }

  /** Lets what was just written go to every copy: at once where nobody is waited for. */
  #send(pending: Pending, replica: TableReplica): void {
    const { ticket, request, decided, waiting } = pending;
    pending.place = replica.self.known;
    const departure = { decided, place: pending.place, ticket, weight: pending.weight };
    this.replication.sendSoon(request.table, replica, departure);
    if (waiting.size === 0) this.replication.flush(request.table, replica);
  }

  /** Sends the rows as they are now to those that have not acknowledged, and to the client. */
  #sendAgain(pending: Pending, now: Millis): void {
    const { ticket, request, decided, waiting } = pending;
    const { table } = request;
    const replica = this.replication.tables.get(table);
    if (replica === undefined) return;
    pending.sentAt = now;
    this.replication.flush(table, replica); // the rows may have been replaced by others, of which no part is to be seen
    const rows = cellsOf(
      replica,
      request.writes.flatMap(({ key }) => replica.stored(key) ?? []),
    );
    const batch = {
      kind: 'batch',
      table,
      from: 0,
      to: 0,
      rows,
      confirm: { first: ticket, last: ticket },
      decided: [decided],
      after: new Map(),
    } as const;
    for (const id of [...waiting, request.client]) {
      const peer = this.replication.peers.get(id);
      if (peer !== undefined) this.replication.send(peer, batch);
    }
  }

  #settle(pending: Pending, now: Millis): void {
    if (pending.outdone > 0 && pending.rounds < MAX_ROUNDS && this.#restamp(pending, now)) return;
    this.#forget(pending);
    if (!this.replication.ports.mayDecide(pending.request.table)) {
      // Who has not confirmed it may be the side that goes on without this one.
      pending.request.answer({ outcome: 'elsewhere' });
      return;
    }
    const { request, decided } = pending;
    const answer = (): void => request.answer({ outcome: 'committed', attempt: decided.attempt });
    // A client on this node sees to that itself.
    if (request.client === this.replication.self) answer();
    else this.replication.ports.whenKept(request.table, answer);
  }

  /**
   * A copy had a later version of one of the rows: of a coordinator that died with it, or of a `put` under a fast clock. The
   * transaction comes after it, so its rows are written again, above it. @returns whether there is something to wait for again
   */
  #restamp(pending: Pending, now: Millis): boolean {
    const { request, outdone } = pending;
    const replica = this.replication.tables.get(request.table);
    if (replica === undefined) return false;
    const ours = new Set<Key>();
    for (const { key } of request.writes) {
      const entry = replica.stored(key);
      if (entry?.origin === replica.self && entry.seq === pending.place) ours.add(key);
    }
    if (ours.size === 0) return false;
    pending.rounds++;
    pending.outdone = 0;
    // Tickets leave in their order, and an acknowledgement of what was sent before does not count.
    this.#pending.delete(pending.ticket);
    pending.ticket = ++this.#tickets;
    this.#pending.set(pending.ticket, pending);
    const changes = replica.writeTogether(
      request.writes.filter(({ key }) => ours.has(key)),
      now,
      outdone,
    );
    for (const id of this.#trustedCopies(request)) pending.waiting.add(id);
    this.#send(pending, replica);
    this.replication.changed(request.table, changes);
    return pending.waiting.size > 0;
  }

  #forget({ ticket, request }: Pending): void {
    this.#pending.delete(ticket);
    this.replication.decided.mark(request.replica, request.number, false);
  }

  *#with({ first, last }: Tickets): Iterable<Pending> {
    if (last - first >= this.#pending.size) {
      for (const pending of this.#pending.values())
        if (pending.ticket >= first && pending.ticket <= last) yield pending;
      return;
    }
    for (let ticket = first; ticket <= last; ticket++) {
      const pending = this.#pending.get(ticket);
      if (pending !== undefined) yield pending;
    }
  }
}

/** Cells that name this copy first, as those of every batch. */
function cellsOf(replica: TableReplica, entries: readonly Readonly<Entry>[]) {
  const names = new Names();
  names.placeOf(replica.self.id);
  return rowCells(entries, names);
}
