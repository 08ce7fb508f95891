import type { Millis, NodeId } from '../terms.js';
import { Claims } from './claims.js';
import { Comparisons } from './comparisons.js';
import { isSound } from './conflicts.js';
import { Coordinator, requestOf, type Verdict } from './coordinator.js';
import { Deliveries } from './deliveries.js';
import type { KeptCopy } from './kept-record.js';
import type { CommitMessage, TableMessage } from './messages.js';
import { Intake } from './intake.js';
import { Peer } from './peer.js';
import { Receipts } from './receipts.js';
import { Replication, type ReplicationPorts } from './replication.js';
import type { ReplicaSchema } from './row.js';
import type { TableReplica } from './table-replica.js';
import type { TransactionView } from './transaction-view.js';
import { Transactions, type Settlement } from './transactions.js';
import { fromWire } from './wire.js';

/**
 * The tables of one node. Writes go to every copy at once, in order; a copy that misses one, or was cut off, finds out by comparing
 * how much each has seen, and is sent what it lacks.
 */
export class Replicator {
  readonly #replication: Replication;
  readonly #deliveries: Deliveries;
  readonly #claims: Claims;
  readonly #intake: Intake;
  readonly #receipts: Receipts;
  readonly #coordinator: Coordinator;
  readonly #comparisons: Comparisons;
  readonly #transactions: Transactions;

  constructor(ports: ReplicationPorts) {
    this.#replication = new Replication(ports);
    this.#deliveries = new Deliveries(this.#replication);
    this.#comparisons = new Comparisons(this.#replication, this.#deliveries);
    this.#intake = new Intake(this.#replication, this.#comparisons);
    this.#claims = new Claims(this.#replication, this.#deliveries, this.#intake);
    this.#receipts = new Receipts(this.#replication, this.#deliveries, this.#claims);
    this.#coordinator = new Coordinator(this.#replication, this.#claims);
    this.#transactions = new Transactions(this.#replication, this.#coordinator, this.#comparisons);
  }

  /** Who this node is. Before that it has no peers. */
  assume(id: NodeId, startedAt: Millis): void {
    this.#replication.assume(id, startedAt);
  }

  /** @param kept what this node has of it from an earlier life */
  open(name: string, schema: ReplicaSchema, now: Millis, kept?: KeptCopy): TableReplica {
    const replica = this.#replication.open(name, schema, kept, now);
    for (const peer of this.#replication.peers.values()) {
      const definition = peer.tables.get(name);
      if (definition !== undefined && !replica.rules.goesWith(definition)) peer.tables.delete(name);
      else if (definition !== undefined) peer.expect(name, now);
      this.#comparisons.tell(peer, [name], { complete: false, answer: true });
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
    this.#comparisons.tell(peer, this.#replication.tables.keys(), {
      complete: true,
      answer: false,
    });
    this.#transactions.linked(id, now);
  }

  linkDown(id: NodeId, now: Millis): void {
    const peer = this.#replication.peers.get(id);
    if (peer === undefined) return;
    this.#replication.peers.delete(id);
    this.#intake.surrender(peer, now);
    this.#transactions.recheck();
  }

  /** Members came, went, fell under suspicion or were cleared of it. */
  membersChanged(now: Millis): void {
    this.#claims.membersChanged(now);
    this.#coordinator.membersChanged(now);
    this.#transactions.membersChanged(now);
  }

  /** This node was stalled: it hears the other copies before it decides again. */
  awake(): void {
    this.#claims.forget();
  }

  /** Members went: what they wrote last may have reached only some, and those who decide now should have it. */
  consultCoordinators(): void {
    this.#comparisons.consultCoordinators();
  }

  /** Checks what a peer has sent, as far as its table is open here the rows too. `undefined` where any part of it is not what it should be. */
  read(wire: unknown): TableMessage | undefined {
    const { tables } = this.#replication;
    const message = fromWire(wire, (table, columns) => tables.get(table)?.rules.makerOf(columns));
    return message && this.#fits(message) ? message : undefined;
  }

  handleMessage(from: NodeId, message: TableMessage, now: Millis): void {
    const peer = this.#replication.peers.get(from);
    if (peer === undefined) return;
    switch (message.kind) {
      case 'vectors':
        this.#comparisons.vectors(peer, message, now);
        this.#intake.release(now);
        this.#claims.membersChanged(now);
        if (message.complete) this.#transactions.membersChanged(now);
        return;
      case 'summary':
        return this.#comparisons.summary(peer, message, now);
      case 'batch':
        this.#intake.take(peer, message, now);
        return this.#transactions.recheck();
      case 'chunk':
        this.#receipts.take(peer, message, now);
        this.#intake.release(now);
        this.#transactions.recheck();
        return this.#coordinator.reconsider(now);
      case 'more':
        return this.#deliveries.acknowledged(peer, message, now);
      case 'ack':
        return this.#coordinator.acknowledged(peer, message, now);
      case 'commit':
        return this.#commit(peer, message, now);
      case 'outcome':
        return this.#transactions.answered(message, now);
      case 'claim':
        return this.#claims.asked(peer, message, now);
    }
  }

  handleTime(now: Millis): void {
    this.#coordinator.handleTime(now);
    this.#transactions.handleTime(now);
    if (this.#comparisons.dueAt <= now) this.#comparisons.collect(now);
    const due = Math.min(
      this.#coordinator.dueAt,
      this.#transactions.dueAt,
      this.#comparisons.dueAt,
    );
    if (due < Infinity) this.#replication.ports.wakeAt(due);
  }

  /** Compares with another copy, and puts things in order. To be called every few seconds. */
  tidy(now: Millis): void {
    this.#comparisons.tidy(now);
    this.#intake.release(now);
    this.#transactions.recheck();
  }

  /** The linked nodes that have a copy of a table. */
  holders(table: string): NodeId[] {
    return this.#replication.holders(table).map(({ id }) => id);
  }

  /** For how long this node has known that it lacks rows of a table; 0 when it knows of none. */
  lag(table: string, now: Millis): Millis {
    let since = now;
    for (const { expecting } of this.#replication.peers.values())
      since = Math.min(since, expecting.get(table)?.since ?? now);
    return now - since;
  }

  /** Whether all is here of a table that others are known to have. */
  isWhole(table: string): boolean {
    for (const { expecting } of this.#replication.peers.values())
      if (expecting.has(table)) return false;
    return true;
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

  #fits(message: TableMessage): boolean {
    if (message.kind !== 'batch' && message.kind !== 'chunk' && message.kind !== 'commit')
      return true;
    const replica = this.#replication.tables.get(message.table);
    if (replica === undefined) return true;
    return message.kind === 'commit'
      ? isSound(message, replica)
      : replica.rules.fitAll(message.rows);
  }

  #commit(peer: Peer, message: CommitMessage, now: Millis): void {
    const { number, attempt } = message;
    const answer = (verdict: Verdict): void => {
      const client = this.#replication.peers.get(peer.id);
      if (client?.replica !== peer.replica) return; // gone, or another life
      const { outcome } = verdict;
      const decidedAttempt = outcome === 'committed' ? verdict.attempt : attempt;
      this.#replication.send(client, {
        kind: 'outcome',
        number,
        attempt: decidedAttempt,
        outcome,
      });
    };
    const { id: client, replica } = peer;
    this.#coordinator.handle(requestOf(message, { client, replica, answer }), now);
  }
}
