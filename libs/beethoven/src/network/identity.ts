import { Injectable } from '@nestjs/common';
import { nodeId, type Endpoint, type NodeId, type PeerCard } from '../protocol/terms.js';

/**
 * Who this node is. Known once the Beacon has found its address; asking earlier is a mistake in the order of the start, and throws.
 */
@Injectable()
export class Identity {
  #card: PeerCard | undefined;

  /** Takes the identity for the life of the process. */
  assume(endpoint: Endpoint, startedAt: number, labels: PeerCard['labels']): void {
    this.#card = { id: nodeId(endpoint), incarnation: Math.floor(startedAt), startedAt, labels };
  }

  /** Contradicts a rumour: only this node raises its own incarnation, and never lowers it. */
  raise(incarnation: number): void {
    if (incarnation > this.card.incarnation) this.#card = { ...this.card, incarnation };
  }

  get card(): PeerCard {
    if (this.#card === undefined) throw new Error('This node has no identity before it listens.');
    return this.#card;
  }

  get id(): NodeId {
    return this.card.id;
  }
}
