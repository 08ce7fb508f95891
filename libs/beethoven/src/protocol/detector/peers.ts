import { ProbeRing } from '../membership/probe-ring.js';
import type { Random } from '../random.js';
import type { Millis, NodeId } from '../terms.js';
import { beatKey } from './beat.js';
import { LOOKS } from './detector-config.js';
import type { Peer, Watch } from './peer.js';

/** The members that are watched, and the order in which they are asked. */
export class Peers {
  readonly #byId = new Map<NodeId, Peer>();
  readonly #byKey = new Map<number, Peer>();
  readonly #ring: ProbeRing<Peer>;

  constructor(random: Random) {
    this.#ring = new ProbeRing(random);
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: NodeId): Peer | undefined {
    return this.#byId.get(id);
  }

  /** @param key {@link beatKey} of its id. */
  byKey(key: number): Peer | undefined {
    return this.#byKey.get(key);
  }

  add(now: Millis, { id, startedAt, incarnation, phase }: Watch): void {
    const peer: Peer = {
      id,
      key: beatKey(id),
      startedAt,
      incarnation,
      phase,
      heardAt: now,
      noticedAt: now,
      sendsDatagrams: undefined,
      lostDatagrams: 0,
      probesByLink: 0,
      suspicion: undefined,
    };
    this.#byId.set(id, peer);
    this.#byKey.set(peer.key, peer);
    this.#ring.add(peer);
  }

  delete(peer: Peer): void {
    this.#byId.delete(peer.id);
    if (this.#byKey.get(peer.key) === peer) this.#byKey.delete(peer.key);
    this.#ring.delete(peer);
  }

  /**
   * Of the next few of the round, the one that has been silent the longest. Who pings us has shown that it lives: sending the probes
   * to the others halves the time until a member that stops is probed by somebody.
   */
  choose(): Peer | undefined {
    let choice: Peer | undefined;
    for (let looks = Math.min(LOOKS, this.#ring.size); looks > 0; looks--) {
      const peer = this.#ring.next();
      if (peer && (!choice || peer.noticedAt < choice.noticedAt)) choice = peer;
    }
    return choice;
  }

  /** Some that may be asked about the target. */
  others(target: Peer, count: number): Peer[] {
    return this.#ring.sample(count, (peer) => peer !== target && peer.suspicion === undefined);
  }
}
