import type { Millis, NodeId } from '../terms.js';
import type { Deliveries } from './deliveries.js';
import type { Intake } from './intake.js';
import type { ClaimMessage } from './messages.js';
import type { Peer } from './peer.js';
import type { Replication } from './replication.js';
import type { TableReplica } from './table-replica.js';

/** Without an answer for this long, a copy is asked again. */
const RESEND: Millis = 500;
/** How long a member that cannot be reached, or has not said what it has, is waited for. */
const PATIENCE: Millis = 500;

/** What a node that is to decide for a table has heard of the other copies. */
interface Claim {
  readonly number: number;
  readonly since: Millis;
  /** When each was asked: over another link it is asked anew. */
  readonly asked: Map<Peer, Millis>;
  readonly heard: Set<NodeId>;
  isWon: boolean;
}

/**
 * Who becomes the coordinator of a table hears every live copy before it decides: the one before it may have died in the middle of telling them.
 * What any of them has is then finished, and what none has never was. A copy answers once it, too, takes the claimant for the
 * coordinator, so that nothing of the one before can still arrive there.
 *
 * Source: the view change of Liskov, Cowling, "Viewstamped Replication Revisited", 2012, with the members of SWIM for its views.
 */
export class Claims {
  readonly #claims = new Map<string, Claim>();
  #numbers = 0;

  constructor(
    private readonly replication: Replication,
    private readonly deliveries: Deliveries,
    private readonly intake: Intake,
  ) {}

  /** Whether this node, the senior copy, has heard the others; asks those that are missing. */
  isWon(table: string, replica: TableReplica, now: Millis): boolean {
    const claim = this.#claims.get(table) ?? this.#begin(table, now);
    if (claim.isWon) return true;
    claim.isWon = true;
    for (const { id, stalled } of this.replication.ports.members()) {
      // A suspect mostly lives: what it has must not be lost for a moment of silence.
      if (stalled || id === this.replication.self || claim.heard.has(id)) continue;
      const peer = this.replication.peers.get(id);
      if (peer?.tables.has(table)) this.#ask(peer, table, replica, claim, now);
      else if (peer?.announced || now - claim.since >= PATIENCE) continue;
      claim.isWon = false;
    }
    if (claim.isWon) this.replication.succeed(table);
    return claim.isWon;
  }

  /** A peer wants to decide for a table. */
  asked(peer: Peer, message: ClaimMessage, now: Millis): void {
    if (!this.replication.tables.has(message.table)) return;
    peer.claims.set(message.table, message);
    this.#answer(peer, now);
  }

  /** All that a peer had is here. */
  heard(peer: Peer, table: string, number: number): void {
    const claim = this.#claims.get(table);
    if (claim?.number === number) claim.heard.add(peer.id);
  }

  /** Members came or went, or have said what they have: others may decide now. */
  membersChanged(now: Millis): void {
    for (const table of this.#claims.keys())
      if (this.replication.coordinator(table) !== this.replication.self) this.#claims.delete(table);
    for (const peer of this.replication.peers.values()) this.#answer(peer, now);
  }

  /** This node was stalled: another may have decided meanwhile. */
  forget(): void {
    this.#claims.clear();
  }

  #begin(table: string, since: Millis): Claim {
    const number = ++this.#numbers;
    const claim: Claim = { number, since, asked: new Map(), heard: new Set(), isWon: false };
    this.#claims.set(table, claim);
    return claim;
  }

  #ask(peer: Peer, table: string, replica: TableReplica, claim: Claim, now: Millis): void {
    const askedAt = claim.asked.get(peer) ?? -Infinity;
    if (now - askedAt < RESEND) return;
    claim.asked.set(peer, now);
    const { number } = claim;
    const seen = this.replication.seen(table, replica);
    this.replication.send(peer, { kind: 'claim', table, number, seen });
  }

  #answer(peer: Peer, now: Millis): void {
    for (const [table, { number, seen }] of peer.claims) {
      const replica = this.replication.tables.get(table);
      if (replica === undefined || this.replication.coordinator(table) !== peer.id) continue;
      peer.claims.delete(table);
      for (const other of this.replication.peers.values()) this.intake.surrender(other, now, table);
      this.deliveries.answer(peer, table, replica, seen, number, now);
    }
  }
}
