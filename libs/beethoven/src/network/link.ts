import type { Millis, NodeId, PeerCard } from '../protocol/terms.js';
import type { Clock } from './clock.js';
import { encode } from './codec.js';
import { hangUp } from './hang-up.js';
import { FRAME, LINK_FRAME } from './link-frames.js';
import type { Deadlines } from './mesh-deadlines.js';
import type { Connection } from './network.js';

/** Connections made within this time of each other come from two nodes that dialled each other at once. */
const SIMULTANEOUS: Millis = 2_000;
/** How long surplus connections stay, so that a burst of them is dealt with once. */
const SETTLING: Millis = 1_000;
/** How long the peer has to agree that a connection retires. */
const RETIRING: Millis = 1_000;
/** A surplus connection that the peer has not retired by now is one that it no longer knows. */
const FORGOTTEN: Millis = 5_000;
/** Connections of one link; a peer that makes more loses its oldest. */
const MAX_CONNECTIONS = 4;

interface Strand {
  readonly connection: Connection;
  readonly since: Millis;
  /** The id of the node that dialled it. */
  readonly dialler: NodeId;
  /** One of the two ends sends nothing more on it. */
  retiring: boolean;
}

/**
 * Everything between this node and one life of another. Two nodes that dial each other at once end up with two connections,
 * as does one that redials before the other has noticed that the old connection broke. The link receives on all of them,
 * sends on one, and lasts until the last has closed.
 *
 * Frames keep their order on a connection. When the link changes over to another one, what was sent just before and just
 * after may cross.
 */
export class Link {
  /** The peer leaves: what it has sent may still be under way on one of the connections. */
  goodbye = false;
  /** Which of the peer's links this one is to it, once it has said so. */
  theirs: number | undefined;
  #strands: Strand[] = []; // oldest first
  #current: Strand | undefined;
  /** Since when there is something on the connection in use that the peer has not answered with anything. */
  #unansweredSince: Millis | undefined;
  #settling = false;

  constructor(
    public card: PeerCard,
    private readonly self: NodeId,
    private readonly clock: Clock,
    private readonly deadlines: Deadlines,
  ) {}

  /** How many connections it has. */
  get size(): number {
    return this.#strands.length;
  }

  /** Adds a connection over which both sides have said who they are. */
  add(connection: Connection, dialledBy: 'self' | 'peer'): void {
    connection.allowFrames(LINK_FRAME);
    const dialler = dialledBy === 'self' ? this.self : this.card.id;
    const strand = { connection, since: this.clock.now(), dialler, retiring: false };
    this.#strands.push(strand);
    this.#use(this.#current === undefined ? strand : preferred(this.#current, strand));
    if (this.#strands.length > MAX_CONNECTIONS) this.#drop(this.#strands[0], 'destroy');
    if (this.#strands.length > 1) this.#settleSoon();
  }

  /** Takes a connection out that has closed. @returns whether it was the last. */
  ended(connection: Connection): boolean {
    this.#remove(this.#strands.find((strand) => strand.connection === connection));
    return this.#strands.length === 0;
  }

  /** Takes a connection out that goes on as another link. @returns who dialled it */
  release(connection: Connection): 'self' | 'peer' {
    const strand = this.#strands.find((candidate) => candidate.connection === connection);
    this.#remove(strand);
    return strand?.dialler === this.self ? 'self' : 'peer';
  }

  /** False, and nothing sent, when the queue to the peer is full. */
  send(frame: Uint8Array, priority?: 'control' | 'bulk'): boolean {
    this.#unansweredSince ??= this.clock.now();
    return this.#current?.connection.send(frame, priority) ?? false;
  }

  /** How long nothing has come on the connection in use since something was sent on it (ms); 0 where nothing is owed. */
  get unansweredFor(): Millis {
    const since = this.#unansweredSince;
    return since === undefined ? 0 : this.clock.now() - since;
  }

  /** Nothing is owed any more: there is a reason why nothing has come. */
  forgive(): void {
    this.#unansweredSince = undefined;
  }

  /** Something has come on this connection. */
  heard(connection: Connection): void {
    if (connection === this.#current?.connection) this.forgive();
  }

  /** Sends on every connection: where any one may be the only one that still works. */
  sendOnAll(frame: Uint8Array): void {
    for (const { connection } of this.#strands) connection.send(frame);
  }

  /**
   * The peer has sent its last frame on this connection. Only the node with the higher id may begin this, or each could retire
   * the connection that the other keeps; for it the same frame is the consent that it waits for.
   */
  peerRetires(connection: Connection): void {
    const strand = this.#strands.find((candidate) => candidate.connection === connection);
    if (strand === undefined || this.#strands.length === 1) return;
    if (this.#decides) {
      if (strand.retiring) this.#drop(strand, 'close');
      return;
    }
    this.#retire(strand);
  }

  /** Ends every connection at once. */
  destroy(): void {
    for (const strand of this.#strands) this.#drop(strand, 'destroy');
  }

  /**
   * Sends a last frame on every connection, for the peer may read the end of any of them first, then ends each once what is
   * queued is sent.
   */
  close(last: Uint8Array): void {
    for (const strand of this.#strands) {
      strand.connection.send(last, 'bulk'); // behind everything else
      this.#drop(strand, 'close');
    }
  }

  get #decides(): boolean {
    return this.self > this.card.id;
  }

  #settleSoon(): void {
    if (this.#settling) return;
    this.#settling = true;
    this.deadlines.set(this.#decides ? SETTLING : FORGOTTEN, () => {
      this.#settling = false;
      this.#settle();
    });
  }

  #settle(): void {
    const newest = this.#strands.at(-1);
    if (newest === undefined) return;
    if (this.clock.now() - newest.since < (this.#decides ? SETTLING : FORGOTTEN)) {
      this.#settleSoon();
      return;
    }
    for (const strand of this.#strands) {
      if (strand === this.#current) continue;
      if (this.#decides) this.#beginRetiring(strand);
      else this.#drop(strand, 'destroy');
    }
  }

  #beginRetiring(strand: Strand): void {
    this.#retire(strand);
    this.deadlines.set(RETIRING, () => {
      // The one that was to stay may have closed meanwhile, and then this one is needed after all.
      if (strand !== this.#current) this.#drop(strand, 'destroy');
    });
  }

  #retire(strand: Strand): void {
    strand.retiring = true;
    if (strand === this.#current) this.#use(this.#best());
    strand.connection.send(encode([FRAME.retire]), 'bulk'); // its last frame, so behind everything else
  }

  #drop(strand: Strand | undefined, how: 'close' | 'destroy'): void {
    if (strand === undefined || !this.#strands.includes(strand)) return;
    this.#remove(strand);
    hangUp(strand.connection, how);
  }

  #remove(strand: Strand | undefined): void {
    this.#strands = this.#strands.filter((other) => other !== strand); // a new array: callers iterate the old one
    if (strand === this.#current) this.#use(this.#best());
  }

  #use(strand: Strand | undefined): void {
    if (strand !== this.#current) this.forgive();
    this.#current = strand;
  }

  #best(): Strand | undefined {
    return this.#strands.findLast((strand) => !strand.retiring) ?? this.#strands.at(-1);
  }
}

/** Of two that were made at once, the one dialled by the lower id, as both ends can tell; otherwise the newer. */
function preferred(current: Strand, newer: Strand): Strand {
  if (current.retiring) return newer;
  const together = newer.since - current.since <= SIMULTANEOUS;
  return together && current.dialler < newer.dialler ? current : newer;
}
