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

/** After so many datagrams in a row that were not answered, while the link was, a peer is asked over its link first. */
export const LOST_DATAGRAMS = 3;

/** A peer that is asked over its link is sent a datagram as well with one probe of so many: the way may be open again. */
export const DATAGRAM_RETRY = 16;

/** A member that was condemned elsewhere has this many times `probeTimeout` to show that it lives: time to be asked in every way. */
export const LAST_WORD = 2;

/**
 * A suspect that answers over its link alone is given this many times as long: its beats come from its main thread, which may be blocked
 * for a while in any application.
 */
export const LINK_PATIENCE = 4;
