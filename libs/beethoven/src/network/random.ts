import type { Random } from '../protocol/random.js';

/** Injection token of the {@link Random} source. */
export const RANDOM = Symbol('beethoven:random');

/** The random source of the process. Decides back-offs and probe targets, never secrets. */
export const systemRandom: Random = { float: () => Math.random() };
