import type { Millis } from '../terms.js';

/**
 * How much faster or slower than real time the clock of a node may run, as a share. Quartz drifts by 0.0001, NTP slews by 0.0005: this
 * leaves a factor of twenty.
 */
export const MAX_DRIFT = 0.01;

/** How long a round of grants lets a holder run (ms), counted on its own clock from before it asked. */
export const LEASE: Millis = 2_000;

/**
 * How long a voter that has granted grants to nobody else (ms), counted on its own clock from when it granted. The slowest voter's promise
 * outlasts the fastest holder's lease: so the other side starts after this side has stopped.
 */
export const PROMISE: Millis = Math.ceil((LEASE * (1 + MAX_DRIFT)) / (1 - MAX_DRIFT));

/** The time between two rounds (ms): two may fail, and the third still comes in time. */
export const RENEW_EVERY: Millis = LEASE / 4;

/** The time between two rounds of a claim (ms): the first may be lost, or overtake what the last holder gives back. */
export const CLAIM_EVERY: Millis = RENEW_EVERY / 5;

/** What is left of a lease when its role is told to stop (ms): the time that `onRoleStop` has. */
export const STOP_MARGIN: Millis = LEASE / 4;
