import type { Millis } from '../terms.js';
import { Entries, type Version } from './entries.js';
import type { HybridClock } from './hybrid-clock.js';
import type { Entry } from './entry.js';
import type { Origin } from './origin.js';
import { Origins } from './origins.js';
import { Precedence } from './precedence.js';
import type { KeptCopy } from './kept-record.js';
import { CELLS_PER_ROW, type RowCells } from './row-cells.js';
import { RowRules } from './row-rules.js';
import type { Draft } from './row-shape.js';
import { TombstoneSweep } from './tombstone-sweep.js';
import { Unsent } from './unsent.js';
import type { Change, Journal, Key, ReplicaId, ReplicaSchema, Row, Vector, Write } from './row.js';

/** What a peer must be sent. `all`: deletions that it has not seen are forgotten here, so only the whole table can tell it. */
export type Lack = 'nothing' | 'some' | 'all';

/**
 * One copy of a table: for each key the version that has won, the last writer's by hybrid time, and for each replica how much of
 * its writing this copy has seen. Two copies that have seen the same have the same rows, in whatever order they came.
 *
 * A version that has been seen is never looked at again: it stands here, or what replaced it does, or a tombstone replaced it and was
 * collected. That is how a row that somebody still has, and that is gone here, is known to be deleted and not new.
 */
export class TableReplica {
  readonly #entries = new Entries();
  readonly #origins: Origins;
  readonly #precedence: Precedence;
  readonly #sweep = new TombstoneSweep(this.#entries);
  /** What is taken from others. */
  readonly rules: RowRules;
  /** What was written here and not given to be sent yet. */
  readonly unsent: Unsent;

  constructor(
    id: ReplicaId,
    private readonly schema: ReplicaSchema,
    private readonly clock: HybridClock,
  ) {
    this.#origins = new Origins(id);
    this.unsent = new Unsent(this.self);
    this.#precedence = new Precedence(schema.rank);
    this.rules = new RowRules(schema, this.#precedence);
  }

  /** Gives this copy its name, before anybody has heard of it. */
  rename(id: ReplicaId): void {
    for (const entry of this.self.since(0)) this.#entries.replace(entry, entry.row, entry.time, id);
    this.self.rename(id);
  }

  /** Takes over what an earlier life has kept, before this one has written or heard of anything. */
  restore({ rows, seen, horizon, floor }: KeptCopy, now: Millis): void {
    this.merge(rows, now);
    this.see(seen);
    this.forgetAs(horizon, floor);
  }

  /** Lets every change from here on be known to who keeps this copy. */
  keepIn(journal: Journal): void {
    this.#entries.journal = journal;
  }

  /** The log of its own writes. */
  get self(): Origin {
    return this.#origins.self;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A number that stands for all rows and their versions. */
  get contents(): number {
    return this.#entries.contents;
  }

  get tombstones(): number {
    return this.#entries.tombstones.size;
  }

  get floor(): number {
    return this.#sweep.floor;
  }

  get(key: Key): Row | undefined {
    return this.#entries.get(key)?.row;
  }

  /** The version of a row; `undefined` also for one that was deleted. */
  entry(key: Key): Readonly<Entry> | undefined {
    const entry = this.#entries.get(key);
    return entry?.row === undefined ? undefined : entry;
  }

  /** Tombstones included. */
  stored(key: Key): Readonly<Entry> | undefined {
    return this.#entries.get(key);
  }

  *entries(): IterableIterator<Readonly<Entry>> {
    for (const entry of this.#entries.all()) if (entry.row !== undefined) yield entry;
  }

  /** Every version, tombstones included; the copy may be written to meanwhile. */
  versions(): IterableIterator<Readonly<Entry>> {
    return this.#entries.all();
  }

  *rows(): IterableIterator<Row> {
    for (const { row } of this.#entries.all()) if (row !== undefined) yield row;
  }

  /** Writes here, and makes the row its own. @returns nothing when nothing changed: a row to delete was not there, or the one at hand outranks the new one */
  write(write: Write, now: Millis): Change | undefined {
    if (this.#precedence.hasRanks && this.outranks(write)) return undefined;
    const entry = this.#entries.get(write.key);
    if (write.row !== undefined) this.#settle(write.row, entry);
    else if (entry?.row === undefined) return undefined;
    const time = this.clock.stamp(now, entry?.time ?? this.floor);
    return this.#write(entry, write, time, this.self.known + 1);
  }

  /**
   * Writes all of it under one place in the log, so that no message can part it, and at one time, later than `above`, so that what another side
   * of a partition wrote comes before or after the whole of it.
   */
  writeTogether(writes: readonly Write[], now: Millis, above = 0): Change[] {
    let latest = above;
    for (const { key } of writes)
      latest = Math.max(latest, this.#entries.get(key)?.time ?? this.floor);
    const time = this.clock.stamp(now, latest);
    const seq = this.self.known + 1;
    const changes: Change[] = [];
    for (const write of writes) {
      const entry = this.#entries.get(write.key);
      if (write.row !== undefined) Object.freeze(write.row);
      else if (entry?.row === undefined) continue;
      changes.push(this.#write(entry, write, time, seq));
    }
    return changes;
  }

  /** Whether the row at hand would win over the new one by its rank. */
  outranks({ key, row }: Write): boolean {
    return this.#precedence.compareRanks(this.#entries.get(key)?.row, row) > 0;
  }

  /** Takes in rows of others, which fit. Only what is new and wins changes anything; with `again`, also what was seen before. */
  merge({ names, cells }: RowCells, now: Millis, again = false): Change[] {
    const origins = names.map((name) => this.#origins.of(name));
    const changes: Change[] = [];
    for (let at = 0; at < cells.length; at += CELLS_PER_ROW) {
      const origin = origins[cells[at + 4] as number] as Origin;
      const seq = cells[at + 5] as number;
      if (seq <= origin.known ? !again : origin === this.self) continue;
      const row = cells[at + 1] === null ? undefined : (cells[at + 1] as Row);
      const key = cells[at] as Key;
      if (!this.rules.hasKey(key, row)) continue;
      const time = cells[at + 2] as number;
      const writer = (origins[cells[at + 3] as number] as Origin).id;
      this.clock.observe(time, now);
      const change = this.#mergeOne({ key, row, time, writer, origin, seq });
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /** A run of one replica's writes is here. @returns false when some before it are missing */
  seeRun(origin: ReplicaId, from: number, to: number): boolean {
    return this.#origins.of(origin).seeRun(from, to);
  }

  /** Everything that a peer had seen is here, or what replaced it. */
  see(vector: Vector): void {
    for (const [id, seq] of vector) {
      const origin = this.#origins.of(id);
      if (origin !== this.self) origin.see(seq);
    }
  }

  /** What a peer has forgotten, this copy can no longer tell others either. */
  forgetAs(horizon: Vector, floor: number): void {
    this.#sweep.floor = Math.max(this.#sweep.floor, floor);
    for (const [id, seq] of horizon) {
      const origin = this.#origins.of(id);
      origin.horizon = Math.max(origin.horizon, seq);
    }
  }

  /** Drops the rows that a peer has seen and no longer has: they were deleted. `present` has the keys of its whole table. */
  dropAbsent(peer: ReplicaId, present: ReadonlySet<Key>, seen: Vector): Change[] {
    const changes: Change[] = [];
    for (const entry of this.#entries.all()) {
      const { key, row, origin, seq } = entry;
      if (row === undefined || present.has(key) || seq > (seen.get(origin.id) ?? 0)) continue;
      this.#remove(entry);
      changes.push({ key, row: undefined, old: row, writer: peer });
    }
    return changes;
  }

  /** What this copy has seen. */
  seen(): Map<ReplicaId, number> {
    return this.#origins.vector(({ known }) => known);
  }

  /** The same without its own writes. */
  seenOfOthers(): Map<ReplicaId, number> {
    return this.#origins.vector((origin) => (origin === this.self ? 0 : origin.known));
  }

  /** A number that stands for it: copies that have seen the same have equal ones, others hardly ever. */
  get digest(): number {
    return this.#origins.digest;
  }

  /** Up to where this copy can no longer tell what was deleted. */
  horizon(): Map<ReplicaId, number> {
    return this.#origins.vector(({ horizon }) => horizon);
  }

  /** What a peer that has seen this much lacks. */
  lack(seen: Vector): Lack {
    let lack: Lack = 'nothing';
    for (const { id, known, horizon, last } of this.#origins.all()) {
      const theirs = seen.get(id) ?? 0;
      if (horizon > theirs) return 'all';
      if (Math.max(known, last?.seq ?? 0) > theirs) lack = 'some';
    }
    return lack;
  }

  /** Whether a peer that has seen this much has something that this copy lacks. */
  lacks(seen: Vector): boolean {
    for (const [id, seq] of seen) {
      if (id !== this.self.id && seq > (this.#origins.find(id)?.known ?? 0)) return true;
    }
    return false;
  }

  /** The versions beyond what a peer has seen, each replica's in order. */
  beyond(seen: Vector): Entry[] {
    const entries: Entry[] = [];
    for (const origin of this.#origins.all()) {
      origin.collectSince(seen.get(origin.id) ?? 0, entries);
    }
    return entries;
  }

  /**
   * Writes anew, under the same stamps, what replicas that are gone wrote after something that nobody has: no copy could ever say that it
   * has seen it. To be called where another copy has seen no more than this one.
   */
  adoptOrphans(members: ReadonlySet<ReplicaId>): void {
    for (const origin of this.#origins.ahead()) {
      if (members.has(origin.id)) continue;
      for (const entry of origin.since(origin.known)) {
        this.self.see(this.self.known + 1);
        this.#move(entry, this.self, this.self.known);
        this.#entries.journal?.touched(entry.key);
      }
    }
  }

  /**
   * Forgets the tombstones that all these peers have seen. Nothing is forgotten while a peer has seen something that this copy has not:
   * it could be a write that a tombstone must still refuse.
   *
   * @param limit how many to look at; the next call goes on where this one has stopped
   * @returns whether all were looked at
   */
  collect(peers: readonly Vector[], limit = Infinity): boolean {
    if (peers.some((seen) => this.lacks(seen))) return true;
    return this.#sweep.collect(peers, limit, (entry) => this.#remove(entry));
  }

  /** Forgets the longest gone of the replicas that are no members and have no rows here any more, beyond a limit. */
  prune(members: ReadonlySet<ReplicaId>): void {
    this.#origins.prune(members);
  }

  #write(entry: Entry | undefined, { key, row }: Write, time: number, seq: number): Change {
    const old = entry?.row;
    const { self } = this;
    self.see(seq);
    if (entry === undefined)
      this.#entries.add({ key, row, time, writer: self.id, origin: self, seq });
    else this.#replace(entry, row, time, self.id, self, seq);
    this.schema.view?.replaced(key, old, row);
    return { key, row, old, writer: self.id };
  }

  /** Makes a row that only this copy has what is shown from here on: frozen, and with one string for the keys of all versions. */
  #settle(row: Row, entry: Entry | undefined): void {
    const { key, identity } = this.schema;
    if (entry !== undefined && identity === undefined) (row as Draft)[key] = entry.key;
    Object.freeze(row);
  }

  #mergeOne(version: Version): Change | undefined {
    const { key, row, time, writer, origin, seq } = version;
    const entry = this.#entries.get(key);
    const order = entry === undefined ? 1 : this.#precedence.compare(version, entry);
    if (order <= 0) return undefined;
    const old = entry?.row;
    if (row !== undefined && !Object.isFrozen(row)) this.#settle(row, entry);
    if (entry === undefined) this.#entries.add(version);
    else this.#replace(entry, row, time, writer, origin, seq);
    this.schema.view?.replaced(key, old, row);
    return row === undefined && old === undefined ? undefined : { key, row, old, writer };
  }

  /** Each part by itself: an object in between would be a third of what a write leaves to be collected. */
  #replace(
    entry: Entry,
    row: Row | undefined,
    time: number,
    writer: ReplicaId,
    origin: Origin,
    seq: number,
  ): void {
    this.#move(entry, origin, seq);
    this.#entries.replace(entry, row, time, writer);
  }

  /** Puts an entry into another log. */
  #move(entry: Entry, origin: Origin, seq: number): void {
    this.unsent.moves(entry, origin);
    entry.origin.remove(entry);
    entry.origin = origin;
    entry.seq = seq;
    origin.add(entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    this.unsent.forget(entry);
    if (entry.row !== undefined) this.schema.view?.replaced(entry.key, entry.row, undefined);
  }
}
