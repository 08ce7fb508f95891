import type { PeerCard } from '../protocol/terms.js';
import type { Connection } from './network.js';

/** Frames that may wait on one connection until it is decided whether it joins a link. */
const MAX_HELD = 64;
/** Connections that may wait in one contest. */
const MAX_CANDIDATES = 8;

/** Why a node gets no link. `broken`: its connection closed, or it sent more than can wait. `malformed`: its last one had to be closed. */
export type Turned = 'duplicate-id' | 'broken' | 'malformed';

/** A connection to a node that has said who it is, and that no link has yet. */
export interface Candidate {
  readonly card: PeerCard;
  readonly connection: Connection;
  readonly dialledBy: 'self' | 'peer';
  /** It is part of a link now. */
  readonly accepted: () => void;
  /** It will not be. */
  readonly refused: (why: Turned) => void;
}

/**
 * A node with the id of a peer to which a link is up, but from another life. Either the peer has restarted and its old
 * connection does not know it yet, or two live nodes have one id. Until the old one has had its chance to answer, those who come
 * under its id wait here.
 */
export class Contest {
  readonly #waiting = new Map<Candidate, Uint8Array[]>();

  /** @param nonce what the old peer has to send back. */
  constructor(readonly nonce: number) {}

  add(candidate: Candidate): void {
    const held: Uint8Array[] = [];
    const give = (): void => {
      this.#waiting.delete(candidate);
      candidate.refused('broken');
    };
    candidate.connection.onClose = give;
    candidate.connection.onFrame = (frame) => {
      if (held.length === MAX_HELD) give();
      else held.push(frame);
    };
    if (this.#waiting.size === MAX_CANDIDATES) give();
    else this.#waiting.set(candidate, held);
  }

  /** Ends the wait: who waited, each with the frames that it has sent meanwhile. */
  end(): ReadonlyMap<Candidate, readonly Uint8Array[]> {
    return this.#waiting;
  }
}
