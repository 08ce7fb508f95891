import type { Millis, NodeId } from '../terms.js';
import { Coordinator, isSound, type Verdict } from './coordinator.js';
import { Deliveries } from './deliveries.js';
import { digestOf } from './digest.js';
import type {
  BatchMessage,
  CommitMessage,
  SummaryMessage,
  TableMessage,
  VectorsMessage,
} from './messages.js';
import type { Entry } from './origin.js';
import { Peer } from './peer.js';
import { Receipts } from './receipts.js';
import { Replication, type ReplicationPorts } from './replication.js';
import { CELLS_PER_ROW, rowCells } from './row-cells.js';
import type { Key, Vector } from './row.js';
import type { ReplicaSchema, TableReplica } from './table-replica.js';
import type { TransactionView } from './transaction-view.js';
import { Transactions, type Settlement } from './transactions.js';
import { MAX_WEIGHT, weighRow } from './weight.js';

/** What was asked for and has not come in this time is asked for again. */
const PATIENCE: Millis = 1_000;
/** The most peers to compare with in one round because something did not reach them. */
const MAX_BEHIND = 8;

/**
 * The tables of one node. Writes go to every copy at once, in order; a copy that misses one, or was cut off, finds out by comparing
 * how much each has seen, and is sent what it lacks.
 */
export class Replicator {
  readonly #replication: Replication;
  readonly #deliveries: Deliveries;
  readonly #receipts: Receipts;
  readonly #coordinator: Coordinator;
  readonly #transactions: Transactions;

  constructor(ports: ReplicationPorts) {
    this.#replication = new Replication(ports);
    this.#deliveries = new Deliveries(this.#replication);
    this.#receipts = new Receipts(this.#replication, this.#deliveries);
    this.#coordinator = new Coordinator(this.#replication);
    this.#transactions = new Transactions(this.#replication, this.#coordinator);
  }

  /** Who this node is. Before that it has no peers. */
  assume(id: NodeId, startedAt: Millis): void {
    this.#replication.assume(id, startedAt);
  }

  open(name: string, schema: ReplicaSchema, now: Millis): TableReplica {
    const replica = this.#replication.open(name, schema);
    for (const peer of this.#replication.peers.values()) {
      if (peer.tables.has(name)) peer.expecting.set(name, now);
      this.#tell(peer, [name], { complete: false, answer: true });
    }
    return replica;
  }

  /** Sends what was written here since the last time. */
  flush(): void {
    for (const [name, replica] of this.#replication.tables) this.#replication.flush(name, replica);
  }

  transaction(
    table: string,
    replica: TableReplica,
    work: (view: TransactionView) => unknown,
    settle: (settlement: Settlement) => void,
    now: Millis,
  ): void {
    this.#transactions.begin(table, replica, work, settle, now);
  }

  linkUp(id: NodeId, startedAt: Millis, now: Millis): void {
    const peer = new Peer(id, startedAt, now);
    this.#replication.peers.set(id, peer);
    this.#tell(peer, this.#replication.tables.keys(), { complete: true, answer: false });
    this.#transactions.linked(id, now);
  }

  linkDown(id: NodeId): void {
    this.#replication.peers.delete(id);
  }

  /**
   * Members came, went, fell under suspicion or were cleared of it.
   * @param lost one of them went: what it wrote last may have reached only some, and the one who decides now must have it
   */
  membersChanged(lost: boolean, now: Millis): void {
    if (lost) this.#consultCoordinators();
    this.#coordinator.membersChanged(now);
    this.#transactions.membersChanged(now);
  }

  handleMessage(from: NodeId, message: TableMessage, now: Millis): void {
    const peer = this.#replication.peers.get(from);
    if (peer === undefined) return;
    switch (message.kind) {
      case 'vectors':
        return this.#vectors(peer, message, now);
      case 'summary':
        return this.#summary(peer, message, now);
      case 'batch':
        return this.#batch(peer, message, now);
      case 'chunk':
        return this.#receipts.take(peer, message, now);
      case 'more':
        return this.#deliveries.acknowledged(peer, message, now);
      case 'ack':
        return this.#coordinator.acknowledged(peer, message, now);
      case 'commit':
        return this.#commit(peer, message, now);
      case 'outcome':
        return this.#transactions.answered(message, now);
    }
  }

  handleTime(now: Millis): void {
    this.#coordinator.handleTime(now);
    this.#transactions.handleTime(now);
    const due = Math.min(this.#coordinator.dueAt, this.#transactions.dueAt);
    if (due < Infinity) this.#replication.ports.wakeAt(due);
  }

  /** Compares with a peer, asks again for what did not come, forgets what everybody knows. To be called every few seconds. */
  tidy(now: Millis): void {
    const { peers, tables, ports } = this.#replication;
    const all = [...peers.values()];
    const behind = all.filter((peer) => peer.behind).slice(0, MAX_BEHIND);
    const random = all[Math.floor(ports.random.float() * all.length)];
    for (const peer of new Set([...behind, ...(random ? [random] : [])])) {
      peer.behind = false;
      this.#summarise(peer);
    }
    for (const peer of all) this.#askAgain(peer, now);
    const members = this.#replication.members();
    for (const [name, replica] of tables) {
      this.#replication.flush(name, replica);
      const seen = this.#seenByAll(name);
      if (seen !== undefined) replica.collect(seen);
      replica.prune(members);
    }
  }

  /** The peers with which everything has been exchanged that they had when the link to them was made. */
  exchanged(): ReadonlySet<NodeId> {
    const exchanged = new Set<NodeId>();
    for (const { id, exchanged: isDone } of this.#replication.peers.values())
      if (isDone) exchanged.add(id);
    return exchanged;
  }

  stop(): void {
    this.#transactions.stop();
  }

  #vectors(peer: Peer, { tables, complete, answer }: VectorsMessage, now: Millis): void {
    const known: string[] = [];
    for (const { name, seen } of tables) {
      peer.hold(name);
      const replica = this.#replication.tables.get(name);
      if (replica === undefined) continue;
      known.push(name);
      this.#learn(peer, name, replica, seen);
      if (replica.lacks(seen)) peer.expecting.set(name, now);
      else peer.expecting.delete(name);
      this.#deliveries.start(peer, name, replica, seen, now);
    }
    if (complete) {
      peer.announced = true;
      this.#transactions.membersChanged(now);
    }
    if (!answer) return;
    const asked = complete ? this.#replication.tables.keys() : known;
    this.#tell(peer, asked, { complete, answer: false });
  }

  #summary(peer: Peer, { tables }: SummaryMessage, now: Millis): void {
    const different: string[] = [];
    for (const { name, digest, contents } of tables) {
      const replica = this.#replication.tables.get(name);
      if (replica === undefined) continue;
      const seen = this.#replication.seen(name, replica);
      if (digestOf(seen) !== digest) {
        different.push(name);
        continue;
      }
      this.#learn(peer, name, replica, seen);
      if (this.#isReceiving(name)) continue;
      replica.adoptOrphans(this.#replication.members());
      if (contents === replica.contents) peer.puzzles.delete(name);
      else this.#puzzle(peer, name, replica, { digest, contents }, now);
    }
    if (different.length > 0) this.#tell(peer, different, { complete: false, answer: true });
  }

  /**
   * Two copies have seen the same and are not the same. That passes while something is under way; where it stays, one has accepted what the
   * other has refused, because the tombstone that decided it was collected at different times on two sides of a partition. They
   * show each other everything, and agree as if nothing had been seen before.
   */
  #puzzle(
    peer: Peer,
    name: string,
    replica: TableReplica,
    theirs: { readonly digest: number; readonly contents: number },
    now: Millis,
  ): void {
    const puzzle = `${theirs.digest} ${theirs.contents} ${replica.contents}`;
    if (peer.puzzles.get(name) === puzzle) {
      peer.puzzles.delete(name);
      this.#deliveries.begin(peer, name, replica, 'again', replica.everythingSeen(), now);
    } else peer.puzzles.set(name, puzzle);
  }

  #batch(peer: Peer, message: BatchMessage, now: Millis): void {
    const { table, from, to, rows, ticket, decided } = message;
    const replica = this.#replication.tables.get(table);
    // A run can only be of the sender's own log.
    if (replica === undefined || (from > 0 && rows.names[0] !== peer.replica)) return;
    const changes = replica.merge(rows, now);
    const isWhole = from === 0 || replica.seeRun(peer.replica, from, to);
    for (const one of decided) this.#replication.decided.add(table, one);
    if (ticket > 0) {
      this.#replication.send(peer, { kind: 'ack', ticket, outdone: outdone(message, replica) });
    }
    if (!isWhole && !peer.expecting.has(table)) {
      peer.expecting.set(table, now);
      this.#tell(peer, [table], { complete: false, answer: false });
    }
    this.#replication.changed(table, changes);
  }

  #commit(peer: Peer, message: CommitMessage, now: Millis): void {
    const { number, attempt, table } = message;
    const replica = this.#replication.tables.get(table);
    if (replica !== undefined && !isSound(message, replica)) return;
    const answer = (verdict: Verdict): void => {
      const client = this.#replication.peers.get(peer.id);
      if (client?.replica !== peer.replica) return; // gone, or another life
      const { outcome } = verdict;
      const rows = outcome === 'conflict' ? verdict.rows : [];
      const decidedAttempt = outcome === 'committed' ? verdict.attempt : attempt;
      this.#replication.send(client, {
        kind: 'outcome',
        number,
        attempt: decidedAttempt,
        outcome,
        rows: rowCells(withinWeight(rows)),
      });
    };
    this.#coordinator.handle({ ...message, client: peer.id, replica: peer.replica, answer }, now);
  }

  /** Says how much has been seen here. */
  #tell(
    peer: Peer,
    names: Iterable<string>,
    { complete, answer }: Pick<VectorsMessage, 'complete' | 'answer'>,
  ): void {
    const tables: { name: string; seen: Vector }[] = [];
    for (const name of names) {
      const replica = this.#replication.tables.get(name);
      if (replica !== undefined) tables.push({ name, seen: this.#replication.seen(name, replica) });
    }
    this.#replication.send(peer, { kind: 'vectors', tables, complete, answer });
  }

  #summarise(peer: Peer): void {
    const tables: { name: string; digest: number; contents: number }[] = [];
    for (const [name, replica] of this.#replication.tables) {
      if (!peer.tables.has(name)) continue;
      const digest = digestOf(this.#replication.seen(name, replica));
      tables.push({ name, digest, contents: replica.contents });
    }
    if (tables.length > 0) this.#replication.send(peer, { kind: 'summary', tables });
  }

  /** When a member dies, what it wrote last may be known to some: the new coordinator must not decide without it. */
  #consultCoordinators(): void {
    const coordinators = new Set<NodeId>();
    for (const name of this.#replication.tables.keys())
      coordinators.add(this.#replication.coordinator(name));
    for (const id of coordinators) {
      const peer = this.#replication.peers.get(id);
      if (peer !== undefined) this.#summarise(peer);
    }
  }

  #askAgain(peer: Peer, now: Millis): void {
    if (!peer.announced && now - peer.since >= PATIENCE) {
      this.#tell(peer, this.#replication.tables.keys(), { complete: true, answer: true });
      return;
    }
    const late: string[] = [];
    for (const [name, since] of peer.expecting) {
      if (now - since < PATIENCE) continue;
      late.push(name);
      peer.expecting.set(name, now);
    }
    if (late.length > 0) this.#tell(peer, late, { complete: false, answer: true });
  }

  #isReceiving(table: string): boolean {
    for (const { receipts } of this.#replication.peers.values())
      if (receipts.has(table)) return true;
    return false;
  }

  /** Only where there are tombstones does it matter who has seen what. */
  #learn(peer: Peer, name: string, replica: TableReplica, seen: Vector): void {
    if (replica.tombstones > 0) peer.seen.set(name, seen);
    else peer.seen.delete(name);
  }

  /** What each other copy has seen; `undefined` while that is not known of all. */
  #seenByAll(table: string): Vector[] | undefined {
    const { peers, ports, self } = this.#replication;
    for (const { id } of ports.members()) if (id !== self && !peers.has(id)) return undefined;
    const all: Vector[] = [];
    for (const peer of peers.values()) {
      if (!peer.announced) return undefined;
      if (!peer.tables.has(table)) continue;
      const seen = peer.seen.get(table);
      if (seen === undefined) return undefined;
      all.push(seen);
    }
    return all;
  }
}

/** The latest time of a row here that has won over one of the batch. */
function outdone({ rows: { names, cells } }: BatchMessage, replica: TableReplica): number {
  let latest = 0;
  for (let at = 0; at < cells.length; at += CELLS_PER_ROW) {
    const entry = replica.stored(cells[at] as Key);
    const isOther =
      entry?.time !== cells[at + 2] || entry?.writer !== names[cells[at + 3] as number];
    if (entry !== undefined && isOther) latest = Math.max(latest, entry.time);
  }
  return latest;
}

/** As many of the rows as go into one message. */
function withinWeight(rows: readonly Readonly<Entry>[]): Readonly<Entry>[] {
  let weight = 0;
  return rows.filter(({ row }) => (weight += weighRow(row)) <= MAX_WEIGHT);
}
