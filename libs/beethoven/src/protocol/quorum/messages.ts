import type { Millis, NodeId } from '../terms.js';
import type { Electorate } from './electorate.js';

/** A process: an id and the start of its life, for a new process under an old id has forgotten what the old one promised. */
export interface Process {
  readonly id: NodeId;
  readonly life: Millis;
}

/** Asks a voter for its grant, for every slot that the sender holds or claims. */
export interface AskMessage {
  readonly kind: 'ask';
  /** The electorate that the sender asks; empty under `static-quorum`. */
  readonly tag: string;
  /** When the life of the sender began. */
  readonly life: Millis;
  /** Counted by the sender; answers and releases refer to it. */
  readonly round: number;
  /** Whether every lease of the sender was renewed by the electorate of the tag, so that none stands on an earlier one. */
  readonly firm: boolean;
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

/** Gives back what was granted in rounds up to this one: the sender's role has stopped, or was never started. */
export interface ReleaseMessage {
  readonly kind: 'release';
  /** Whether the epoch was used: otherwise a lower one, under which somebody holds the slot, goes on being good. */
  readonly used: boolean;
  readonly life: Millis;
  readonly round: number;
  readonly slots: readonly string[];
}

/** Orders the attempts to change an electorate: the count, then the node that makes it. */
export type Ballot = readonly [count: number, by: NodeId];

/** A successor to the electorate, under a ballot. */
export interface Proposal {
  readonly ballot: Ballot;
  readonly voters: ReadonlyMap<NodeId, Millis>;
}

/** Between those that decide who may vote. `life`: when that of the sender began; `tag`: the electorate that is to be changed. */
export type ElectorMessage = { readonly life: Millis } & (
  | { readonly kind: 'electorate'; readonly electorate: Electorate | undefined }
  | { readonly kind: 'leaving' }
  | { readonly kind: 'prepare'; readonly tag: string; readonly ballot: Ballot }
  | {
      readonly kind: 'promised';
      readonly tag: string;
      readonly ballot: Ballot;
      /** What the sender has accepted before. */
      readonly earlier: Proposal | undefined;
    }
  | ({ readonly kind: 'propose'; readonly tag: string } & Proposal)
  | { readonly kind: 'accepted'; readonly tag: string; readonly ballot: Ballot }
);

export type QuorumMessage = AskMessage | AnswerMessage | ReleaseMessage | ElectorMessage;
