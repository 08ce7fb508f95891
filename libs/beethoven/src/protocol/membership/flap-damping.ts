import type { Millis, NodeId } from '../terms.js';

/** What counts of a fall is halved in this time. */
export const HALF_LIFE: Millis = 60_000;

/** A second fall within about a minute brings the first hold-down, */
export const FIRST_HOLD: Millis = 2_000;

/** each further one doubles it, up to this. */
export const LONGEST_HOLD: Millis = 16_000;

/** Members whose falls are remembered; the one that fell the longest ago is forgotten first. */
export const FALLS_REMEMBERED = 1_024;

/** From here on a member flaps: two falls, the first of them not much decayed. */
const FLAPPING = 1.5;

interface Falls {
  readonly penalty: number;
  readonly at: Millis;
}

/**
 * Members that are declared down and come back, again and again, in one life. Each fall adds to a penalty that decays; whoever has too much of
 * it is held down for a while when it returns, the longer the more often it fell.
 *
 * Source: Villamizar, Chandra, Govindan, "BGP Route Flap Damping", RFC 2439, 1998, section 2.2.
 */
export class FlapDamping {
  readonly #falls = new Map<NodeId, Falls>();
  /** Those of them that fell of late, in the order in which they fell. */
  readonly #recent = new Set<NodeId>();

  /** A member was declared down. */
  fell(now: Millis, id: NodeId): void {
    const penalty = 1 + this.#penalty(now, id);
    this.#forget(id);
    this.#falls.set(id, { penalty, at: now });
    this.#recent.add(id);
    const [oldest] = this.#falls.size > FALLS_REMEMBERED ? this.#falls.keys() : [];
    if (oldest !== undefined) this.#forget(oldest);
  }

  /**
   * The same life is back. Where half of the members have fallen of late it is this node that was away, and it holds nobody down.
   * @param members live members, this node and the one that is back included
   * @returns for how long it is not to be trusted (ms)
   */
  cameBack(now: Millis, id: NodeId, members: number): Millis {
    const penalty = this.#penalty(now, id);
    if (penalty < FLAPPING || 2 * this.#fallenOfLate(now) >= members) return 0;
    return Math.min(LONGEST_HOLD, FIRST_HOLD * 2 ** Math.max(0, Math.round(penalty) - 2));
  }

  #penalty(now: Millis, id: NodeId): number {
    const falls = this.#falls.get(id);
    return falls === undefined ? 0 : falls.penalty * 2 ** ((falls.at - now) / HALF_LIFE);
  }

  #forget(id: NodeId): void {
    this.#falls.delete(id);
    this.#recent.delete(id);
  }

  /** Each that is not of late any more is looked at once: half of a large cluster may come back in one second. */
  #fallenOfLate(now: Millis): number {
    for (const id of this.#recent) {
      const { at = -Infinity } = this.#falls.get(id) ?? {};
      if (now - at <= HALF_LIFE) break;
      this.#recent.delete(id);
    }
    return this.#recent.size;
  }
}
