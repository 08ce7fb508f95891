import type { Millis } from '../protocol/terms.js';

/**
 * How long one that has accepted a connection may take to answer, where nobody waits for it: an event loop accepts one connection a turn, and
 * turns are long where there is more to do than can be. To give up sooner costs both sides a connection, and a busy machine the more of
 * them the busier it is.
 */
export const PATIENCE: Millis = 4_000;
