import type { Millis } from '../terms.js';

/** What the operator may tune: `failureDetection` of the options, whose docstrings say what each trades. */
export interface MembershipConfig {
  readonly probeInterval: Millis;
  readonly probeTimeout: Millis;
  readonly indirectProbes: number;
  readonly suspicionMultiplier: number;
}

/** Up to this many live members a verdict goes to everyone at once; beyond it gossip spreads it. */
export const SMALL_CLUSTER = 64;

/** How many members a rumour is handed to at a time. */
export const FANOUT = 3;

/** Time between two rounds of gossip, which only happen while there is something to tell. */
export const GOSSIP_INTERVAL: Millis = 100;

/** A rumour is told this × log10(members + 1) times, rounded up. */
export const RETRANSMIT_MULTIPLIER = 4;

/** Rumours waiting to be told. */
export const GOSSIP_CAPACITY = 1_024;

/** Rumours that ride on a ping or an answer, and in a message of their own. */
export const PIGGYBACK = 8;
export const RUMORS_PER_GOSSIP = 64;

/** The elder of two members waits this long for the younger one to dial. */
export const ELDER_PATIENCE: Millis = 1_000;

/** Views are exchanged because digests differ at most this often. */
export const REPAIR_INTERVAL: Millis = 1_000;

/** Pings whose answer is awaited, for this node and for others. */
export const PINGS_IN_FLIGHT = 1_024;

export const ROSTER_LIMITS = { live: 16_384, departed: 1_024, memory: 86_400_000 };
