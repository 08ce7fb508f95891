import type { Millis, NodeId } from '../terms.js';

/** A process: an id and the start of its life, for a new process under an old id has forgotten what the old one promised. */
export interface Process {
  readonly id: NodeId;
  readonly life: Millis;
}

/** Asks a voter for its grant, for every slot that the sender holds or claims. */
export interface AskMessage {
  readonly kind: 'ask';
  /** When the life of the sender began. */
  readonly life: Millis;
  /** Counted by the sender; answers and releases refer to it. */
  readonly round: number;
  readonly slots: readonly SlotEpoch[];
}

export type SlotEpoch = readonly [slot: string, epoch: number];

/** The answer to `ask`. */
export interface AnswerMessage {
  readonly kind: 'answer';
  readonly life: Millis;
  readonly round: number;
  readonly granted: readonly string[];
  readonly refused: readonly Refusal[];
}

export interface Refusal {
  readonly slot: string;
  /** The highest epoch that the voter knows of. */
  readonly epoch: number;
  /** How long the voter is bound by a promise to somebody else, or by its youth (ms); 0: the epoch alone is the reason. */
  readonly wait: Millis;
}

/** Gives back what was granted in rounds up to this one: the sender's role has stopped. */
export interface ReleaseMessage {
  readonly kind: 'release';
  readonly life: Millis;
  readonly round: number;
  readonly slots: readonly string[];
}

export type QuorumMessage = AskMessage | AnswerMessage | ReleaseMessage;
