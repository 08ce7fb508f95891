import { MAX_MEMBERS, type Millis } from '../terms.js';

/** What the membership takes from the options. */
export interface MembershipConfig {
  /** How long a node that was stopped listens before it judges (ms). */
  readonly probeInterval: Millis;
}

/** Up to this many live members a verdict goes to everyone at once; beyond it gossip spreads it. */
export const SMALL_CLUSTER = 64;

/** How many members of a larger cluster a verdict goes to at once. */
export const FIRST_TO_KNOW = 8;

/** How many members a rumour is handed to at a time. */
export const FANOUT = 3;

/** Time between two rounds of gossip, which only happen while there is something to tell. */
export const GOSSIP_INTERVAL: Millis = 50;

/** A rumour is told this × log10(members + 1) times, rounded up. */
export const RETRANSMIT_MULTIPLIER = 4;

/** That somebody has joined a large cluster, which the newcomer itself tells by calling: × log10(members + 1) times less. */
export const MENTION_DISCOUNT = 3;

/** Rumours waiting to be told. */
export const GOSSIP_CAPACITY = 1_024;

/** Rumours in one message of a round. */
export const RUMORS_PER_GOSSIP = 64;

/** Members that are called at one time: as many addresses as the search calls. */
export const CALLS_AT_ONCE = 256;

/** A live member to whom no link could be made is dialled again after this. */
export const REDIAL_INTERVAL: Millis = 1_000;

/** One that takes calls and does not answer is called the less often, but not less than this. */
export const REDIAL_LIMIT: Millis = 16_000;

/** The elder of two members waits this long for the younger one to dial. */
export const ELDER_PATIENCE: Millis = 1_000;

/** A node asks for what it lacks at most this often, */
export const REPAIR_INTERVAL: Millis = 1_000;

/** in a small cluster, where little is sent for it, this often: nodes that start together shall be one before they give out roles; */
export const SMALL_REPAIR_INTERVAL: Millis = 20;

/** and answers so many that ask within that time. */
export const REPAIRS_ANSWERED = 64;

export const ROSTER_LIMITS = { live: MAX_MEMBERS, departed: 1_024, memory: 86_400_000 };
