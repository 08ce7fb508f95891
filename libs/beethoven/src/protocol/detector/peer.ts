import type { Incarnation, Millis, NodeId } from '../terms.js';
import type { Suspicion } from './suspicion.js';

/** A member that the detector is to watch. */
export interface Watch {
  readonly id: NodeId;
  readonly startedAt: Millis;
  readonly incarnation: Incarnation;
  readonly phase: number;
}

/** Somebody says that a member does not answer. */
export interface Accusation {
  readonly id: NodeId;
  readonly incarnation: Incarnation;
  readonly accuser: NodeId;
  /** The accuser is sure: where it is, the member has had its time. */
  readonly condemned: boolean;
}

/** How a beat travels. */
export type Way = 'datagram' | 'link';

/** A member as the detector deals with it. */
export interface Peer {
  readonly id: NodeId;
  /** Stands for it in beats. */
  readonly key: number;
  readonly startedAt: Millis;
  incarnation: Incarnation;
  phase: number;
  /** When something last came from it. */
  heardAt: Millis;
  /** Whether datagrams come from it, so that its beats do not depend on its main thread; unknown until something has come. */
  sendsDatagrams: boolean | undefined;
  /** Datagrams in a row that it did not answer, or missed. */
  lostDatagrams: number;
  /** Beats for it since the last datagram, while they go over its link. */
  beatsByLink: number;
  suspicion: Suspicion | undefined;
}
