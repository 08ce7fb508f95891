import { ShuffledHosts } from '../ipv4-shuffle.js';
import type { Ipv4, Ipv4Range } from '../ipv4.js';
import type { Random } from '../random.js';

/**
 * Walks the hosts of a range, round after round. Each node has a random order of its own and keeps it: so the time between
 * two visits of one host is a round, always, and two nodes do not walk in step.
 */
export class Sweep {
  readonly #hosts: ShuffledHosts | undefined;
  #place = 0;

  /** @param range nobody is visited without one */
  constructor(range: Ipv4Range | undefined, random: Random) {
    this.#hosts = range && new ShuffledHosts(range, random);
  }

  get size(): number {
    return this.#hosts?.range.size ?? 0;
  }

  /** The next host that is not to be skipped. `undefined` once at the end of a round; the call after it begins the next one. */
  next(skip: (address: Ipv4) => boolean): Ipv4 | undefined {
    const hosts = this.#hosts;
    if (hosts === undefined) return undefined;
    while (this.#place < hosts.range.size) {
      const address = hosts.at(this.#place++);
      if (!skip(address)) return address;
    }
    this.#place = 0;
    return undefined;
  }
}
