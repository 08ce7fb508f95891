import type { Millis } from '../terms.js';

/** What the operator may tune: `failureDetection` of the options, whose docstrings say what each trades. */
export interface DetectorConfig {
  readonly probeInterval: Millis;
  readonly probeTimeout: Millis;
  readonly indirectProbes: number;
  readonly suspicionMultiplier: number;
}

/** Pings whose answer is awaited, for this node and for others. */
export const PINGS_IN_FLIGHT = 1_024;

/** After so many datagrams in a row that were lost, while the link carried its beats, a peer is shown and asked over its link first. */
export const LOST_DATAGRAMS = 3;

/** A peer whose beats go over its link is asked by datagram as well with one of so many: the way may be open again. */
export const DATAGRAM_RETRY = 16;

/** So many questions of strangers have an answer in one turn. Of any number of newcomers, one in a turn misses a beat of this node, and asks. */
export const ANSWERS_TO_STRANGERS = 32;

/** So much of a turn two clocks may differ (1 of so many parts), before they bring needless questions. */
export const CLOCK_TOLERANCE = 4;

/** A member that was condemned elsewhere has this many times `probeTimeout` to show that it lives: time to be asked in every way. */
export const LAST_WORD = 2;

/**
 * A suspect that answers over its link alone is given this many times as long: its beats come from its main thread, which may be blocked
 * for a while in any application.
 */
export const LINK_PATIENCE = 4;
