import type { Millis, NodeId } from '../terms.js';
import type { Deliveries } from './deliveries.js';
import type { SummaryMessage, VectorsMessage } from './messages.js';
import type { Peer } from './peer.js';
import type { Replication } from './replication.js';
import type { Vector } from './row.js';
import type { TableReplica } from './table-replica.js';

/** What was asked for and has not come in this time is asked for again. */
const PATIENCE: Millis = 1_000;
/** How many tombstones are looked at in a turn of the event loop: about 2 ms. */
const TOMBSTONES_PER_TURN = 10_000;
/** The most peers to compare with in one round because something did not reach them. */
const MAX_BEHIND = 8;

/**
 * Finds out what copies lack of each other: by two numbers now and then, by saying how much each has seen where those differ, and once
 * for each link when it is made.
 */
export class Comparisons {
  /** The tables whose tombstones are yet to be looked at in this round. */
  readonly #uncollected = new Set<string>();
  #collectAt: Millis = 0;
  /** Whose turn it is to be asked what it has seen. */
  #turn = 0;

  constructor(
    private readonly replication: Replication,
    private readonly deliveries: Deliveries,
  ) {}

  /** A peer has said how much it has seen: sends it what it lacks. */
  vectors(peer: Peer, { tables, complete, answer }: VectorsMessage, now: Millis): void {
    const known: string[] = [];
    for (const { name, seen, definition } of tables) {
      const replica = this.replication.tables.get(name);
      if (replica?.rules.goesWith(definition) === false) {
        peer.tables.delete(name);
        continue;
      }
      peer.hold(name, definition);
      if (replica === undefined) continue;
      known.push(name);
      this.#learn(peer, name, replica, () => seen);
      if (replica.lacks(seen)) peer.expect(name, now);
      else peer.expecting.delete(name);
      this.deliveries.start(peer, name, replica, seen, now);
    }
    if (complete) peer.announced = true;
    if (!answer) return;
    const asked = complete ? this.replication.tables.keys() : known;
    this.tell(peer, asked, { complete, answer: false });
  }

  /** A peer has said in short what it has: where that is not what is here, goes into detail. */
  summary(peer: Peer, { tables }: SummaryMessage, now: Millis): void {
    const different: string[] = [];
    const receiving = this.#receiving();
    for (const { name, digest, contents } of tables) {
      const replica = this.replication.tables.get(name);
      if (replica === undefined) continue;
      if (this.replication.digest(name, replica) !== digest) {
        if (!this.replication.inFlight.explains(name, digest, now)) different.push(name);
        continue;
      }
      this.#learn(peer, name, replica, () => replica.seen());
      if (receiving.has(name)) continue;
      replica.adoptOrphans(this.replication.members());
      if (contents === replica.contents) peer.puzzles.delete(name);
      else this.#puzzle(peer, name, replica, { digest, contents }, now);
    }
    if (different.length > 0) this.tell(peer, different, { complete: false, answer: true });
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
      this.deliveries.begin(peer, name, replica, 'again', replica.seen(), now);
    } else peer.puzzles.set(name, puzzle);
  }

  /** Says how much has been seen here. */
  tell(
    peer: Peer,
    names: Iterable<string>,
    { complete, answer }: Pick<VectorsMessage, 'complete' | 'answer'>,
  ): void {
    const tables: { name: string; seen: Vector; definition: string }[] = [];
    for (const name of names) {
      const replica = this.replication.tables.get(name);
      if (replica === undefined) continue;
      const { definition } = replica.rules;
      tables.push({ name, seen: this.replication.seen(name, replica), definition });
    }
    this.replication.send(peer, { kind: 'vectors', tables, complete, answer });
  }

  #summarise(peer: Peer): void {
    const tables: { name: string; digest: number; contents: number }[] = [];
    for (const [name, replica] of this.replication.tables) {
      if (!peer.tables.has(name)) continue;
      const digest = this.replication.digest(name, replica);
      tables.push({ name, digest, contents: replica.contents });
    }
    if (tables.length > 0) this.replication.send(peer, { kind: 'summary', tables });
  }

  /** When a member dies, what it wrote last may be known to some: the new coordinator must not decide without it. */
  consultCoordinators(): void {
    const coordinators = new Set<NodeId>();
    for (const name of this.replication.tables.keys())
      coordinators.add(this.replication.coordinator(name));
    for (const id of coordinators) {
      const peer = this.replication.peers.get(id);
      if (peer !== undefined) this.#summarise(peer);
    }
  }

  /** Compares with a peer, asks again for what did not come, forgets what everybody knows. */
  tidy(now: Millis): void {
    const { peers, tables, ports } = this.replication;
    const all = [...peers.values()];
    const behind = all.filter((peer) => peer.behind).slice(0, MAX_BEHIND);
    const random = all[Math.floor(ports.random.float() * all.length)];
    for (const peer of new Set([...behind, ...(random ? [random] : [])])) {
      peer.behind = false;
      this.#summarise(peer);
    }
    for (const peer of all) this.#askAgain(peer, now);
    const members = this.replication.members();
    for (const [name, replica] of tables) {
      this.replication.flush(name, replica);
      replica.prune(members);
      if (replica.tombstones > 0) this.#uncollected.add(name);
    }
    this.#inquire(all);
    this.collect(now);
  }

  /**
   * Where something is deleted it matters what every copy has seen, and chance alone would take as long to hear from all of a large cluster as its size times
   * the logarithm of that: so they are asked in turn.
   */
  #inquire(peers: readonly Peer[]): void {
    if (this.#uncollected.size === 0 || peers.length === 0) return;
    const peer = peers[++this.#turn % peers.length] as Peer;
    const names = [...this.#uncollected].filter((name) => peer.tables.has(name));
    if (names.length > 0) this.tell(peer, names, { complete: false, answer: true });
  }

  /** When {@link collect} has something to do. */
  get dueAt(): Millis {
    return this.#uncollected.size > 0 ? this.#collectAt : Infinity;
  }

  /** Forgets what everybody knows to be deleted, so much at a time that the event loop is not held up. */
  collect(now: Millis): void {
    for (const name of this.#uncollected) {
      const replica = this.replication.tables.get(name);
      const seen = this.#seenByAll(name);
      if (seen === undefined || replica?.collect(seen, TOMBSTONES_PER_TURN) !== false)
        this.#uncollected.delete(name);
    }
    if (this.#uncollected.size === 0) return;
    this.#collectAt = now + 1;
    this.replication.ports.wakeAt(this.#collectAt);
  }

  #askAgain(peer: Peer, now: Millis): void {
    if (!peer.announced && now - peer.since >= PATIENCE) {
      this.tell(peer, this.replication.tables.keys(), { complete: true, answer: true });
      return;
    }
    const late: string[] = [];
    for (const [name, { askedAt }] of peer.expecting) {
      if (now - askedAt < PATIENCE) continue;
      late.push(name);
      peer.expect(name, now);
    }
    if (late.length > 0) this.tell(peer, late, { complete: false, answer: true });
  }

  /** The tables of which a peer sends what is lacking here. */
  #receiving(): ReadonlySet<string> {
    const tables = new Set<string>();
    for (const { receipts } of this.replication.peers.values())
      for (const table of receipts.keys()) tables.add(table);
    return tables;
  }

  /** Only where there are tombstones does it matter who has seen what. */
  #learn(peer: Peer, name: string, replica: TableReplica, seen: () => Vector): void {
    if (replica.tombstones > 0) peer.seen.set(name, seen());
    else peer.seen.delete(name);
  }

  /** What each other copy has seen; `undefined` while that is not known of all. */
  #seenByAll(table: string): Vector[] | undefined {
    const { peers, ports, self } = this.replication;
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
