import type { Millis, NodeId } from '../terms.js';
import type { RowShape } from './row-shape.js';

/** What tells the rows of a table apart. */
export type Key = string | number;

/** A plain, frozen object: column to value. */
export type Row = Readonly<Record<string, unknown>>;

/** One life of one node: `nodeId#startedAt`. Two lives of a node share nothing but the name. */
export type ReplicaId = string;

export function replicaId(node: NodeId, startedAt: Millis): ReplicaId {
  return `${node}#${startedAt}`;
}

export function nodeOf(replica: ReplicaId): NodeId {
  return replica.slice(0, replica.lastIndexOf('#'));
}

/** When the process of a replica started; 0 where the id does not say. */
export function startOf(replica: ReplicaId): Millis {
  return Number(replica.slice(replica.lastIndexOf('#') + 1)) || 0;
}

/** What is kept of a table beside its rows, such as an index. Hears of every change in the moment when it is made. */
export interface RowView {
  /** What is under a key is another row than before; `undefined`: none. */
  replaced(key: Key, old: Row | undefined, row: Row | undefined): void;
}

/** Who keeps a copy outside of memory. Hears of each version that comes, goes, or is put into another log. */
export interface Journal {
  touched(key: Key): void;
}

/** What a copy has to know of its rows. */
export interface ReplicaSchema {
  /** The column that holds the key. */
  readonly key: string;
  /** What stands for a row in place of that column, where the column alone does not tell rows apart. */
  readonly identity?: ((row: Row) => Key) | undefined;
  /** Whether a row from elsewhere can be one of this table. */
  readonly accepts?: ((row: Row) => boolean) | undefined;
  /** How rows of these columns are made. @default by a loop over the columns */
  readonly shapeOf?: ((columns: readonly string[]) => RowShape | undefined) | undefined;
  /** What is told to other nodes of what the rows are. @default nothing */
  readonly told?: (() => string) | undefined;
  /** Whether rows of another definition can stand beside these; those of one that does not are never exchanged. @default every one does */
  readonly goesWith?: ((definition: string) => boolean) | undefined;
  readonly view?: RowView | undefined;
  /** Compared before the stamp. Tombstones have no rank, so a ranked table has none. */
  readonly rank?: ((row: Row) => number) | undefined;
}

/** A write to be made: a row, or `undefined` to delete. */
export interface Write {
  readonly key: Key;
  readonly row: Row | undefined;
}

/** What happened to one row of a copy. */
export interface Change {
  readonly key: Key;
  /** `undefined`: deleted. */
  readonly row: Row | undefined;
  readonly old: Row | undefined;
  readonly writer: ReplicaId;
}

/** The writes of each replica, up to its n-th, that a copy has seen: itself, or what replaced it. */
export type Vector = ReadonlyMap<ReplicaId, number>;
