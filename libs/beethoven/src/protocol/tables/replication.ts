import type { Random } from '../random.js';
import type { Millis, NodeId } from '../terms.js';
import { DecidedLog } from './decided-log.js';
import { HybridClock } from './hybrid-clock.js';
import { InFlight } from './in-flight.js';
import type { KeptCopy } from './kept-record.js';
import type { BatchMessage, Decided, TableMessage } from './messages.js';
import { Names } from './names.js';
import { Peer } from './peer.js';
import { addRow } from './row-cells.js';
import { replicaId, type Change, type ReplicaId, type ReplicaSchema, type Vector } from './row.js';
import { TableReplica } from './table-replica.js';
import { MESSAGE_WEIGHT, TRANSACTIONS_WEIGHT, TURN_WEIGHT, weighRow } from './weight.js';

const NOTHING: Vector = new Map();
const NOBODY: { readonly departures: readonly Departure[] } = { departures: [] };

/** A live member of the cluster, this node included. */
export interface Member {
  readonly id: NodeId;
  readonly startedAt: Millis;
  /** It may be down: nobody waits for it. */
  readonly suspect: boolean;
  /** Its process lives and decides nothing. */
  readonly stalled?: boolean;
}

/** What the core is driven with. */
export interface ReplicationPorts {
  readonly random: Random;
  /** For what goes on after a promise of the user's. */
  now(): Millis;
  /** The live members, this node included; the same array while nothing has changed. */
  members(): readonly Member[];
  /** Whether this side of a partition, if there is one, may decide transactions of that table. */
  mayDecide(table: string): boolean;
  /** False when it could not be sent. */
  send(to: NodeId, message: TableMessage, priority: 'control' | 'bulk'): boolean;
  /** @returns those to whom it could not be sent */
  sendAll(to: readonly NodeId[], message: TableMessage): readonly NodeId[];
  /** Calls back once what this copy has of a table now is kept as well as it can be: at once for one in memory alone. */
  whenKept(table: string, then: () => void): void;
  /** `handleTime` is wanted at this time, if not before. */
  wakeAt(at: Millis): void;
  /** `flush` is wanted once the input at hand is dealt with. */
  flushSoon(): void;
  /** Rows of a table have changed; all of them are in place. */
  changed(table: string, changes: readonly Change[]): void;
}

/** A transaction that this node has decided, and that leaves with its rows. */
export interface Departure {
  readonly decided: Decided;
  /** Where its rows stand in the log. */
  readonly place: number;
  /** Which `ack` is its own. */
  readonly ticket: number;
  /** Of its rows (bytes, about). */
  readonly weight: number;
}

/** The transactions of one table that leave together. */
interface Departing {
  readonly departures: Departure[];
  weight: number;
}

/** The copies of one node and the links to those of the others: what catching up and transactions stand on. */
export class Replication {
  readonly clock = new HybridClock();
  readonly decided = new DecidedLog();
  readonly inFlight = new InFlight();
  readonly #departing = new Map<string, Departing>();
  /** The tables for which this node has become the coordinator and has not sent anything since. */
  readonly #successions = new Set<string>();
  readonly tables = new Map<string, TableReplica>();
  readonly peers = new Map<NodeId, Peer>();
  #self: { id: NodeId; startedAt: Millis } = { id: '', startedAt: 0 };
  #replica = replicaId('', 0);
  #members: readonly Member[] = [];
  #memberReplicas: ReadonlySet<ReplicaId> = new Set();

  constructor(readonly ports: ReplicationPorts) {}

  get self(): NodeId {
    return this.#self.id;
  }

  get replica(): ReplicaId {
    return this.#replica;
  }

  /** Gives this copy its name. Nothing was sent before. */
  assume(id: NodeId, startedAt: Millis): void {
    this.#self = { id, startedAt };
    this.#replica = replicaId(id, startedAt);
    for (const table of this.tables.values()) table.rename(this.replica);
  }

  /** @param kept what this node has of it from an earlier life */
  open(name: string, schema: ReplicaSchema, kept: KeptCopy | undefined, now: Millis): TableReplica {
    const replica = new TableReplica(this.replica, schema, this.clock);
    if (kept !== undefined) replica.restore(kept, now);
    this.tables.set(name, replica);
    return replica;
  }

  /** The replicas of the live members. */
  members(): ReadonlySet<ReplicaId> {
    const members = this.ports.members();
    if (members !== this.#members) {
      this.#members = members;
      this.#memberReplicas = new Set(members.map(({ id, startedAt }) => replicaId(id, startedAt)));
    }
    return this.#memberReplicas;
  }

  /** The linked nodes that have a copy. */
  holders(table: string): Peer[] {
    const holders: Peer[] = [];
    for (const peer of this.peers.values()) if (peer.tables.has(table)) holders.push(peer);
    return holders;
  }

  /** The node that decides the transactions of a table: of the live ones that have a copy, or have not said, and are not stalled, the one that started first. */
  coordinator(table: string): NodeId {
    let senior: Pick<Member, 'id' | 'startedAt'> = this.#self;
    for (const member of this.ports.members()) {
      if (member.stalled || !isSenior(member, senior)) continue;
      const peer = this.peers.get(member.id);
      if (peer?.announced && !peer.tables.has(table)) continue;
      senior = member;
    }
    return senior.id;
  }

  /** What this node has seen of a table, to be told to others. */
  seen(table: string, replica: TableReplica): Map<ReplicaId, number> {
    this.flush(table, replica);
    return replica.seen();
  }

  /** A number that stands for what this node has seen of a table, to be told to others. */
  digest(table: string, replica: TableReplica): number {
    this.flush(table, replica);
    return replica.digest;
  }

  /** Sends the writes that were not sent yet to every copy. */
  flush(table: string, replica: TableReplica): void {
    const { departures } = this.#departing.get(table) ?? NOBODY;
    if (replica.unsent.isEmpty && departures.length === 0) return;
    this.#departing.delete(table);
    const isSuccessor = this.#successions.delete(table);
    const holders = this.holders(table);
    if (holders.length === 0) return replica.unsent.drop();
    // Who could not be sent something takes in nothing that follows it: is compared with, and then sent what it lacks as fast as it takes it in.
    const ids = holders.filter(({ behind }) => !behind).map(({ id }) => id);
    const after = isSuccessor ? replica.seenOfOthers() : NOTHING;
    for (const batch of batches(table, replica, departures, after)) {
      const unreached = this.ports.sendAll(ids, batch);
      for (const peer of unreached.length > 0 ? holders : [])
        if (unreached.includes(peer.id)) peer.behind = true;
    }
  }

  /** This node decides from here on: nobody is to see what it sends next without what it has heard from the others. */
  succeed(table: string): void {
    this.#successions.add(table);
  }

  /** Lets a transaction leave with its rows, which were just written here. */
  sendSoon(table: string, replica: TableReplica, departure: Departure): void {
    const gathered = this.#departing.get(table);
    const { weight } = departure;
    if (gathered === undefined) this.#departing.set(table, { departures: [departure], weight });
    else {
      gathered.departures.push(departure);
      gathered.weight += weight;
    }
    if ((gathered?.weight ?? weight) > TURN_WEIGHT) this.flush(table, replica);
    else this.ports.flushSoon();
  }

  send(peer: Peer, message: TableMessage, priority: 'control' | 'bulk' = 'control'): boolean {
    const sent = this.ports.send(peer.id, message, priority);
    if (!sent) peer.behind = true;
    return sent;
  }

  changed(table: string, changes: readonly Change[]): void {
    if (changes.length > 0) this.ports.changed(table, changes);
  }
}

/** Whether one live node comes before another: it started first; of two that started together, the lower id. */
function isSenior(
  one: Pick<Member, 'id' | 'startedAt'>,
  other: Pick<Member, 'id' | 'startedAt'>,
): boolean {
  return (
    one.startedAt < other.startedAt || (one.startedAt === other.startedAt && one.id < other.id)
  );
}

/**
 * The unsent writes in messages of a sensible size. What stands at one place in the log stays together, and so does everything that leaves
 * with transactions: a later write of the same turn may have replaced one of their rows.
 */
function* batches(
  table: string,
  replica: TableReplica,
  departures: readonly Departure[],
  after: Vector,
): Iterable<BatchMessage> {
  // A transaction may have deleted only what was not there.
  const unsent = replica.unsent.take() ?? { from: 0, to: 0, entries: [] };
  const decided = departures.map((departure) => departure.decided);
  const [first, last] = [departures[0]?.ticket, departures.at(-1)?.ticket];
  const confirm = first === undefined || last === undefined ? undefined : { first, last };
  const batch = (from: number, to: number, { list }: Names, cells: unknown[]): BatchMessage => {
    const rows = { names: list, cells };
    return { kind: 'batch', table, from, to, rows, confirm, decided, after };
  };
  const limit = departures.length === 0 ? MESSAGE_WEIGHT : TRANSACTIONS_WEIGHT;
  let { from } = unsent;
  let names = namesOf(replica);
  let cells: unknown[] = [];
  let weight = 0;
  let place = 0;
  for (const entry of unsent.entries) {
    if (weight > limit && place > 0 && entry.seq > place) {
      if (departures.length > 0) {
        // Too much for one message: they are only named, and who lacks them asks, and shows what comes once all of it is there.
        yield batch(0, 0, namesOf(replica), []);
        return;
      }
      yield batch(from, place, names, cells);
      from = place + 1;
      names = namesOf(replica);
      cells = [];
      weight = 0;
    }
    if (entry.origin === replica.self) place = entry.seq;
    addRow(cells, names, entry);
    weight += weighRow(entry.row);
  }
  yield batch(from, unsent.to, names, cells);
}

/** Names of which the first is this copy's, as in every batch. */
function namesOf({ self }: TableReplica): Names {
  const names = new Names();
  names.placeOf(self.id);
  return names;
}
