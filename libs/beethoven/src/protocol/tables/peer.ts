import type { Millis, NodeId } from '../terms.js';
import type { Delivery } from './deliveries.js';
import type { HeldBatches } from './held-batches.js';
import type { ClaimMessage } from './messages.js';
import type { Receipt } from './receipts.js';
import { replicaId, type ReplicaId, type Vector } from './row.js';

/** The most tables that a peer may say to have. */
const MAX_TABLES = 10_000;

/** One link to another node, and what is known of its copies for as long as the link lasts. */
export class Peer {
  readonly replica: ReplicaId;
  /** It has said which tables it has. */
  announced = false;
  /** Something could not be sent to it: it is to be compared with soon. */
  behind = false;
  /** The tables that it has, by name, and what it means by them: those that go with ours, or that are not open here. */
  readonly tables = new Map<string, string>();
  /** What it has seen, of the tables in which that matters. */
  readonly seen = new Map<string, Vector>();
  /** The tables of which it has, or may have, something that is not here yet, since when that is known, and when it was asked last. */
  readonly expecting = new Map<string, { readonly since: Millis; readonly askedAt: Millis }>();
  /** The tables of which its copy has seen the same as ours and differs, and how. */
  readonly puzzles = new Map<string, string>();
  readonly deliveries = new Map<string, Delivery>();
  readonly receipts = new Map<string, Receipt>();
  /** What has come before something that comes before it. */
  readonly held = new Map<string, HeldBatches>();
  /** The tables that it wants to decide for, as long as this node does not see that it is to. */
  readonly claims = new Map<string, ClaimMessage>();

  constructor(
    readonly id: NodeId,
    startedAt: Millis,
    /** When the link was made. */
    readonly since: Millis,
  ) {
    this.replica = replicaId(id, startedAt);
  }

  hold(table: string, definition: string): void {
    if (this.tables.size < MAX_TABLES) this.tables.set(table, definition);
  }

  /** Something of a table is to come. */
  expect(table: string, now: Millis): void {
    this.expecting.set(table, { since: this.expecting.get(table)?.since ?? now, askedAt: now });
  }

  /** Whether everything that it had when the link was made is here. */
  get exchanged(): boolean {
    return this.announced && this.expecting.size === 0;
  }
}
