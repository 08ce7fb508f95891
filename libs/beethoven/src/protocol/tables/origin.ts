import { hashOf, mix } from './digest.js';
import type { Entry } from './entry.js';
import type { ReplicaId } from './row.js';

/** What one copy has to look at again of its origins. */
export interface OriginWatch {
  /** Those of which more is known since the digest was made. */
  readonly grown: Origin[];
  /** Those of which an entry has come beyond what was known. */
  readonly ahead: Origin[];
}

/**
 * What a copy knows of one replica's writes: a log of those that are still the newest of their row, in order. What a peer lacks
 * is found from its end, at the cost of what is lacking.
 */
export class Origin {
  /** Up to here tombstones may have been collected: who has seen less cannot be told what was deleted. */
  horizon = 0;
  last: Entry | undefined;
  #first: Entry | undefined;
  /** The entry that was last put in between others. */
  #filled: Entry | undefined;
  /** A run of writes beyond a gap: seen as soon as the gap is filled. */
  #ahead = { from: 0, to: 0 };
  #known = 0;
  /** What the digest of the copy has of it. */
  #share = 0;
  #hasGrown = false;
  #isAhead = false;

  constructor(
    public id: ReplicaId,
    private readonly watch: OriginWatch = { grown: [], ahead: [] },
  ) {}

  /** This copy has seen every write up to here, or what replaced it. */
  get known(): number {
    return this.#known;
  }

  /** What the digest of the copy has of it: 0 for nothing. */
  get share(): number {
    return this.#share;
  }

  rename(id: ReplicaId): void {
    this.id = id;
    this.#grow(this.#known);
  }

  /** Brings its share up to date. @returns by how much that changes the digest */
  settle(): number {
    const before = this.#share;
    this.#share = this.#known > 0 ? mix(hashOf(this.id), this.#known) : 0;
    this.#hasGrown = false;
    return this.#share - before;
  }

  /** Whether there is an entry beyond what is known: something before it is missing, or on its way. */
  stillAhead(): boolean {
    this.#isAhead = this.last !== undefined && this.last.seq > this.#known;
    return this.#isAhead;
  }

  /** Puts an entry into its place. */
  add(entry: Entry): void {
    let left = this.last;
    if (left !== undefined && left.seq > entry.seq) {
      // What fills a gap arrives in order: the place of the one is next to the place of the one before.
      left = this.#filled ?? left;
      while (left !== undefined && left.seq > entry.seq) left = left.before;
      while (left?.after !== undefined && left.after.seq <= entry.seq) left = left.after;
      this.#filled = entry;
    }
    const right = left === undefined ? this.#first : left.after;
    entry.before = left;
    entry.after = right;
    if (left === undefined) this.#first = entry;
    else left.after = entry;
    if (right === undefined) this.last = entry;
    else right.before = entry;
    if (entry.seq <= this.#known || this.#isAhead) return;
    this.#isAhead = true;
    this.watch.ahead.push(this);
  }

  remove(entry: Entry): void {
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    if (this.#filled === entry) this.#filled = before ?? after;
    entry.before = undefined;
    entry.after = undefined;
  }

  /** The entries beyond a place, in order. */
  since(seq: number): Entry[] {
    const entries: Entry[] = [];
    this.collectSince(seq, entries);
    return entries;
  }

  /** Adds the entries beyond a place to others, in order. */
  collectSince(seq: number, entries: Entry[]): void {
    let first = seq < (this.#first?.seq ?? 0) ? this.#first : undefined;
    if (first === undefined)
      for (let entry = this.last; entry !== undefined && entry.seq > seq; entry = entry.before)
        first = entry;
    for (let entry = first; entry !== undefined; entry = entry.after) entries.push(entry);
  }

  /** Everything up to here has been seen. */
  see(seq: number): void {
    if (seq > this.#known) this.#grow(seq);
    if (this.#known >= this.#ahead.from - 1 && this.#ahead.to > this.#known)
      this.#grow(this.#ahead.to);
  }

  /** A run of writes has been seen. @returns false when there is a gap before it. */
  seeRun(from: number, to: number): boolean {
    if (from <= this.#known + 1) {
      this.see(to);
      return true;
    }
    if (from === this.#ahead.to + 1) this.#ahead.to = to;
    else if (to > this.#ahead.to) this.#ahead = { from, to };
    return false;
  }

  #grow(to: number): void {
    this.#known = to;
    if (this.#hasGrown) return;
    this.#hasGrown = true;
    this.watch.grown.push(this);
  }
}
