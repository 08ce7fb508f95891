import { ShuffledHosts } from '../ipv4-shuffle.js';
import type { Ipv4, Ipv4Range } from '../ipv4.js';
import type { Random } from '../random.js';

/**
 * Walks the hosts of a range, round after round. Each node has a random order of its own and keeps it: so the time between
 * two visits of one host is a round, always, and two nodes do not walk in step.
 */
export class Sweep {
  readonly #hosts: ShuffledHosts;
  #place = 0;

  constructor(range: Ipv4Range, random: Random) {
    this.#hosts = new ShuffledHosts(range, random);
  }

  get size(): number {
    return this.#hosts.range.size;
  }

  /** The next host that is not to be skipped. `undefined` once at the end of a round; the call after it begins the next one. */
  next(skip: (address: Ipv4) => boolean): Ipv4 | undefined {
    while (this.#place < this.size) {
      const address = this.#hosts.at(this.#place++);
      if (!skip(address)) return address;
    }
    this.#place = 0;
    return undefined;
  }
}
