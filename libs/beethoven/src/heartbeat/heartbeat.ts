import type { Verdict } from '../protocol/detector/detector-effects.js';
import type { DroppedBeats } from './pulse.js';
import type { Accusation, Watch } from '../protocol/detector/peer.js';
import type { Incarnation, NodeId } from '../protocol/terms.js';

/** What a heartbeat has to say to the membership. */
export interface HeartbeatListener {
  verdict(verdict: Verdict): void;
  /** A beat that is to go over the link. */
  send(to: NodeId, bytes: Uint8Array): void;
  /** This node's main thread was blocked, and now it runs: its phase is this one. */
  awake(phase: number): void;
}

/** What a heartbeat has counted since it was made. */
export interface HeartbeatCounters extends DroppedBeats {
  readonly crashes: number;
}

/** This node's heartbeat, and its ear for those of others, in whatever thread. */
export interface Heartbeat {
  start(listener: HeartbeatListener): void;
  stop(): void;
  /** The main thread runs: to be called with everything that it does, which costs next to nothing. */
  tick(): void;
  watch(watch: Watch): void;
  unwatch(id: NodeId): void;
  /** The member is suspected, under this incarnation: its time runs. */
  accuse(accusation: Accusation): void;
  /** What this node says of itself from here on. */
  raise(incarnation: Incarnation, phase: number): void;
  /** Stands for all that this node believes of the live members from here on. */
  digest(digest: number): void;
  /** What it has dropped of what came in, and how often its thread has ended by itself. */
  counters(): HeartbeatCounters;
  /** A beat that came over a link. */
  beat(bytes: Uint8Array): void;
}
