import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { skipN } from 'pure-rand/utils/skipN';
import type { Random } from '../protocol/random.js';

/** Chance that repeats itself: the same seed, the same numbers. */
export class SeededRandom implements Random {
  readonly #generator;

  /** `seed`: any 32-bit whole number. */
  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
    skipN(this.#generator, 64); // the first numbers of neighbouring seeds are neighbours
  }

  float(): number {
    return uniformFloat64(this.#generator);
  }
}
