import type { RowCells } from './row-cells.js';
import type { Key, ReplicaId, Vector, Write } from './row.js';

/** A transaction that was decided, and the place in the log where its rows stand. */
export interface Decided {
  /** Whose it is, and which of its transactions. */
  readonly client: ReplicaId;
  readonly number: number;
  /** The client waited for none of its transactions before this one any more when it asked. */
  readonly settled: number;
  /** Which run of the client's work it was. */
  readonly attempt: number;
  readonly origin: ReplicaId;
  readonly seq: number;
}

/** A version that a transaction has read; time 0: there was no such row. */
export interface Read {
  readonly key: Key;
  readonly time: number;
  readonly writer: ReplicaId;
}

/** What a transaction has read of one that its client had asked for before, and that was not answered yet. */
export interface Foreseen {
  readonly key: Key;
  /** Which of the client's transactions, and which run of its work. */
  readonly number: number;
  readonly attempt: number;
}

/** How much of each of some tables the sender has seen, which it thereby says to have a copy of. */
export interface VectorsMessage {
  readonly kind: 'vectors';
  readonly tables: readonly {
    readonly name: string;
    readonly seen: Vector;
    /** What the sender means by its rows, as its tables put it. */
    readonly definition: string;
  }[];
  /** These are all the tables that the sender has. */
  readonly complete: boolean;
  /** Asks for the same of the receiver. */
  readonly answer: boolean;
}

/** Two numbers for each table: one stands for what `vectors` would say, one for all rows. */
export interface SummaryMessage {
  readonly kind: 'summary';
  readonly tables: readonly {
    readonly name: string;
    readonly digest: number;
    readonly contents: number;
  }[];
}

/** The transactions that a coordinator waits for are counted: a run of those numbers. */
export interface Tickets {
  readonly first: number;
  readonly last: number;
}

/** Fresh writes of the sender. */
export interface BatchMessage {
  readonly kind: 'batch';
  readonly table: string;
  /** The run in the sender's log that a receiver has seen with it; 0: none, these transactions are asked after again. */
  readonly from: number;
  readonly to: number;
  readonly rows: RowCells;
  /** The transactions for which an `ack` is asked; `undefined`: for none. */
  readonly confirm: Tickets | undefined;
  readonly decided: readonly Decided[];
  /** What must have been seen of others before; empty, but for the first that a new coordinator decides. */
  readonly after: Vector;
}

/**
 * `some`: what the receiver has not seen. `all`: the whole table; what is not in it, and the sender has seen, was deleted. `again`: the whole
 * table, for copies that have seen the same and differ all the same; asks for the receiver's. `answer`: the receiver's.
 */
export type Scope = 'some' | 'all' | 'again' | 'answer';

/** A part of what the receiver lacks. */
export interface ChunkMessage {
  readonly kind: 'chunk';
  readonly table: string;
  readonly session: number;
  readonly index: number;
  readonly scope: Scope;
  readonly rows: RowCells;
  /** With the last chunk: what the receiver has seen, and can no longer tell others, after it. */
  readonly end?: {
    readonly seen: Vector;
    readonly horizon: Vector;
    readonly floor: number;
    readonly decided: readonly Decided[];
    /** Which claim of the receiver this answers; 0: none. */
    readonly claim: number;
  };
}

/** A chunk has been taken in. */
export interface MoreMessage {
  readonly kind: 'more';
  readonly table: string;
  readonly session: number;
  readonly index: number;
}

/** The rows of a batch are here. */
export interface AckMessage {
  readonly kind: 'ack';
  readonly tickets: Tickets;
  /** The latest time of a row here that won over one of the batch; 0 where all of them won. */
  readonly outdone: number;
}

/** Asks the node that decides to make a transaction's writes, if what it read still holds. */
export interface CommitMessage {
  readonly kind: 'commit';
  readonly table: string;
  /** Counted by the client, for all its tables. */
  readonly number: number;
  readonly attempt: number;
  /** The client waits for none of its transactions before this one any more. */
  readonly settled: number;
  /** The client's hybrid time: the writes must be later than all that it has seen. */
  readonly time: number;
  readonly reads: readonly Read[];
  readonly foreseen: readonly Foreseen[];
  /** How many rows the whole table had, when the transaction depends on that; -1: it does not. */
  readonly count: number;
  readonly writes: readonly Write[];
}

/** The answer to `commit`. What it should have read, where it was wrong, has left in batches before: alone it would be a part of a transaction. */
export interface OutcomeMessage {
  readonly kind: 'outcome';
  readonly number: number;
  readonly attempt: number;
  readonly outcome: 'committed' | 'conflict' | 'elsewhere';
}

/** The sender is to decide for a table, and asks for what the receiver has seen of it beyond this. */
export interface ClaimMessage {
  readonly kind: 'claim';
  readonly table: string;
  /** Counted by the sender. */
  readonly number: number;
  readonly seen: Vector;
}

export type TableMessage =
  | VectorsMessage
  | SummaryMessage
  | BatchMessage
  | ChunkMessage
  | MoreMessage
  | AckMessage
  | CommitMessage
  | OutcomeMessage
  | ClaimMessage;
