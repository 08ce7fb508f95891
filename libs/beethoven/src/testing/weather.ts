import type { Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import { Cuts, type Cut, type Host, type Way } from './cuts.js';
import { Conditions, type Degradation } from './degradation.js';
import type { Flow } from './flow.js';

/** What TCP waits before it sends data again, at least (Linux). */
export const RETRANSMISSION: Millis = 200;
/** What TCP waits before it repeats a call for a connection (RFC 6298). */
export const SYN_RETRANSMISSION: Millis = 1_000;

/** The state of the simulated network between the hosts: delays, losses, cuts. */
export class Weather {
  #general: Conditions;
  /** Links with conditions of their own. */
  readonly #links = new Map<Host, Map<Host, Conditions>>();
  readonly #cuts = new Cuts();
  /** Hosts without power. */
  readonly #off = new Set<Host>();
  /** Streams with something due that cannot arrive. */
  readonly #held = new Set<Flow>();

  constructor(private readonly random: Random) {
    this.#general = new Conditions({}, random);
  }

  /** The same for the whole network; what was said of single links is forgotten. */
  degrade(degradation: Degradation): void {
    this.#general = new Conditions(degradation, this.random);
    this.#links.clear();
  }

  degradeLink(from: Host, to: Host, degradation: Degradation): void {
    const links = this.#links.get(from) ?? new Map<Host, Conditions>();
    this.#links.set(from, links.set(to, new Conditions(degradation, this.random)));
  }

  /** The way of one packet of a stream. Every loss on it costs `repeat` milliseconds more, for TCP sends it again. */
  delay(from: Host, to: Host, repeat: Millis): Millis {
    const conditions = this.#conditions(from, to);
    let delay = conditions.latency();
    while (conditions.loses()) delay += repeat;
    return delay;
  }

  /**
   * The ways of one datagram that is sent now: the delay of each copy that arrives (ms). None when it is lost or cut off, two
   * when it is duplicated. Each datagram has a delay of its own: a later one may pass it.
   */
  delivers(from: Host, to: Host): readonly Millis[] {
    if (this.isCut(from, to)) return [];
    const conditions = this.#conditions(from, to);
    const copies = conditions.duplicates() ? 2 : 1;
    return Array.from({ length: copies }, () => conditions)
      .filter((way) => !way.loses())
      .map((way) => way.latency());
  }

  cut(ways: readonly Way[]): Cut {
    const end = this.#cuts.add(ways);
    return {
      heal: () => {
        end();
        this.release(RETRANSMISSION);
      },
    };
  }

  isCut(from: Host, to: Host): boolean {
    return this.#cuts.isCut(from, to) || this.#off.has(to) || this.#off.has(from);
  }

  /** A host without power is silent, whatever is healed. */
  powerOff(host: Host): void {
    this.#off.add(host);
  }

  powerOn(host: Host): void {
    if (this.#off.delete(host)) this.release(RETRANSMISSION);
  }

  hold(flow: Flow): void {
    this.#held.add(flow);
  }

  /** Ends every cut; what was held arrives once TCP tries again. */
  heal(): void {
    this.#cuts.clear();
    this.release(RETRANSMISSION);
  }

  /** Tries again what was held; what still cannot arrive is held again. */
  release(after: Millis): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const flow of held) flow.retry(after);
  }

  #conditions(from: Host, to: Host): Conditions {
    return this.#links.get(from)?.get(to) ?? this.#general;
  }
}
