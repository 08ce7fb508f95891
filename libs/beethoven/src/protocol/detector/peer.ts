import type { Incarnation, Millis, NodeId, PeerCard } from '../terms.js';
import { beatKey } from './beat.js';
import { Reach } from './reach.js';
import type { Suspicion } from './suspicion.js';

/** A member that the detector is to watch. */
export interface Watch {
  /** Not copied where detector and membership share a thread: a node knows each member by one card. */
  readonly card: Pick<PeerCard, 'id' | 'startedAt' | 'incarnation'>;
  readonly phase: number;
  /** No datagrams for it: it has not shown that it is where its id says. */
  readonly byLink?: boolean;
}

/** Somebody says that a member does not answer. */
export interface Accusation {
  readonly id: NodeId;
  readonly incarnation: Incarnation;
  readonly accuser: NodeId;
  /** The accuser is sure: where it is, the member has had its time. */
  readonly condemned: boolean;
}

/** A member as the detector deals with it: thousands of them in a large cluster, nearly all of them well. */
export class Peer {
  phase: number;
  reach = Reach.UNKNOWN;
  suspicion: Suspicion | undefined = undefined;
  #card: Watch['card'];

  /** @param heardAt When something last came from it. */
  constructor(
    { card, phase }: Watch,
    public heardAt: Millis,
  ) {
    this.#card = card;
    this.phase = phase;
  }

  get id(): NodeId {
    return this.#card.id;
  }

  /** Stands for it in beats. */
  get key(): number {
    return beatKey(this.#card.id);
  }

  get startedAt(): Millis {
    return this.#card.startedAt;
  }

  get incarnation(): Incarnation {
    return this.#card.incarnation;
  }

  set incarnation(incarnation: Incarnation) {
    if (incarnation !== this.incarnation) this.#card = { ...this.#card, incarnation };
  }
}
