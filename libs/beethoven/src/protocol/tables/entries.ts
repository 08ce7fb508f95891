import { hashOf, mix } from './digest.js';
import { Entry } from './entry.js';
import type { Journal, Key, ReplicaId, Row } from './row.js';

/** A version to be taken for the newest of its row. */
export type Version = Pick<Entry, 'key' | 'row' | 'time' | 'writer' | 'origin' | 'seq'>;

/** The newest version of each row, by key, and what is counted about them. */
export class Entries {
  readonly #entries = new Map<Key, Entry>();
  readonly #tombstones = new Set<Entry>();
  journal: Journal | undefined;
  #size = 0;
  #contents = 0;
  #lastWriter: { id: ReplicaId; hash: number } = { id: '', hash: hashOf('') };

  /** Rows, tombstones not counted. */
  get size(): number {
    return this.#size;
  }

  /** A number that stands for all rows and their versions: equal tables have equal ones, others hardly ever. */
  get contents(): number {
    return this.#contents;
  }

  get tombstones(): ReadonlySet<Entry> {
    return this.#tombstones;
  }

  get(key: Key): Entry | undefined {
    return this.#entries.get(key);
  }

  all(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  add(version: Version): Entry {
    const { key, row, time, writer, origin, seq } = version;
    const entry = new Entry(key, hashOf(key), row, time, writer, origin, seq);
    this.#entries.set(key, entry);
    origin.add(entry);
    this.#count(entry, 1);
    this.journal?.touched(key);
    return entry;
  }

  /** Another version of the row; its place in a log is not touched. */
  replace(entry: Entry, row: Row | undefined, time: number, writer: ReplicaId): void {
    this.#count(entry, -1);
    entry.row = row;
    entry.time = time;
    entry.writer = writer;
    this.#count(entry, 1);
    this.journal?.touched(entry.key);
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry.key);
    entry.origin.remove(entry);
    this.#count(entry, -1);
    this.journal?.touched(entry.key);
  }

  #count(entry: Entry, sign: 1 | -1): void {
    if (entry.row === undefined) {
      if (sign > 0) this.#tombstones.add(entry);
      else this.#tombstones.delete(entry);
      return;
    }
    this.#size += sign;
    const version = mix(entry.hash ^ this.#hashOfWriter(entry.writer), entry.time);
    this.#contents = (this.#contents + sign * version) >>> 0;
  }

  /** Rows come by the thousand from a handful of writers. */
  #hashOfWriter(writer: ReplicaId): number {
    if (this.#lastWriter.id !== writer) this.#lastWriter = { id: writer, hash: hashOf(writer) };
    return this.#lastWriter.hash;
  }
}
