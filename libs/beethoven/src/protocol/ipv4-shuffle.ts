import type { Ipv4, Ipv4Range } from './ipv4.js';
import type { Random } from './random.js';
import { spread } from './spread.js';

const ROUNDS = 6;

/**
 * The hosts of a range in a random order, each exactly once, without a list of them: the shuffle of a /8 is six numbers.
 *
 * A Feistel network over the grid of `columns` × `rows` cells that just holds the range. Each round shifts one coordinate
 * by a hash of the other, which can be undone, so no two indices ever meet; cells beyond the range are walked over.
 *
 * Source: Black, Rogaway, "Ciphers with Arbitrary Finite Domains", 2002, sections 4 (cycle walking) and 5 (grid).
 */
export class ShuffledHosts {
  readonly #columns: number;
  readonly #rows: number;
  readonly #keys: readonly number[];

  constructor(
    readonly range: Ipv4Range,
    random: Random,
  ) {
    this.#columns = Math.ceil(Math.sqrt(range.size));
    this.#rows = Math.ceil(range.size / this.#columns);
    this.#keys = Array.from({ length: ROUNDS }, () => Math.floor(random.float() * 2 ** 32));
  }

  /** The host at this place of the order, 0 up to `range.size` − 1. */
  at(place: number): Ipv4 {
    let index = this.#permute(place);
    while (index >= this.range.size) index = this.#permute(index);
    return this.range.at(index);
  }

  #permute(cell: number): number {
    let column = cell % this.#columns;
    let row = Math.floor(cell / this.#columns);
    for (const [round, key] of this.#keys.entries()) {
      if (round % 2 === 0) column = (column + spread(row ^ key)) % this.#columns;
      else row = (row + spread(column ^ key)) % this.#rows;
    }
    return row * this.#columns + column;
  }
}
