import type { Deadlines } from '../deadlines.js';
import type { Incarnation, Millis } from '../terms.js';
import type { Beat } from './beat.js';
import { PINGS_IN_FLIGHT, type DetectorConfig } from './detector-config.js';
import type { DetectorEffects } from './detector-effects.js';
import type { LocalHealth } from './local-health.js';
import type { OwnBeats } from './own-beats.js';
import type { Peer } from './peer.js';
import type { Peers } from './peers.js';
import type { Way } from './reach.js';

/** A ping whose answer is awaited. */
export interface Ping {
  readonly sequence: number;
  readonly target: Peer;
  /** A target that has raised it since has answered in its own way. */
  readonly incarnation: Incarnation;
  readonly sentAt: Millis;
  readonly way: Way;
  /** Who asked for it, and under which number, where it was sent for another member. */
  readonly onBehalfOf: { readonly peer: Peer; readonly sequence: number } | undefined;
  /** What to do when its time is up: ask in other ways, or accuse the target. */
  next: 'ask otherwise' | 'accuse';
}

/**
 * Shows others that this node is there, and asks those of whom nothing came: by datagram, then over the link and through others. Says who
 * did not answer; what follows from that is not decided here.
 */
export class Probes {
  /** In the order in which they were sent. */
  readonly #pings = new Map<number, Ping>();
  #sequence = 0;

  /** Whether this node can send datagrams. */
  datagrams = false;

  constructor(
    private readonly config: DetectorConfig,
    private readonly own: OwnBeats,
    private readonly peers: Peers,
    private readonly health: LocalHealth,
    private readonly deadlines: Deadlines<Ping | Peer | 'turn'>,
    private readonly effects: DetectorEffects,
  ) {}

  /** Shows that this node is there, to one who expects it. */
  show(now: Millis, listener: Peer): void {
    const way = this.#wayTo(listener);
    this.effects.send(listener, way, this.own.to(listener, 'alive', 0));
    if (!this.datagrams || way === 'datagram') return;
    listener.reach = listener.reach.shownOverLink();
    if (!listener.reach.isDueForDatagram) return;
    listener.reach = listener.reach.triedAgain();
    this.#ping(now, listener, 'datagram', 'accuse');
  }

  /** Asks a member whose beat has stayed away. */
  ask(now: Millis, target: Peer): void {
    this.#await(now, this.#ping(now, target, this.#wayTo(target), 'ask otherwise'));
  }

  /** Asks a member out of turn, in every way at once: it is suspected, and shall have its chance. */
  check(now: Millis, target: Peer): void {
    const ping = this.#ping(now, target, this.#wayTo(target), 'accuse');
    this.#askTheOtherWay(ping);
    this.#await(now, ping);
  }

  answer(peer: Peer, sequence: number, way: Way): void {
    // It has missed this node's beats, and had no answer to a datagram either.
    if (way === 'link' && this.#wayTo(peer) === 'datagram') peer.reach = peer.reach.missed();
    this.effects.send(peer, way, this.own.to(peer, 'ack', sequence));
  }

  /** Pings the target for another member. */
  pingFor(now: Millis, peer: Peer, sequence: number, target: Peer): void {
    const ping = this.#ping(now, target, this.#wayTo(target), 'accuse', { peer, sequence });
    this.deadlines.set(ping, now + 2 * this.config.probeTimeout);
  }

  /** The answer to a ping, from its target or by way of another that was asked. @returns the target that it speaks for */
  acknowledged(from: Peer, beat: Beat, way: Way): Peer | undefined {
    const ping = this.#pings.get(beat.sequence);
    if (ping === undefined) return undefined;
    const { target, onBehalfOf } = ping;
    this.health.improve();
    if (from !== target) {
      if (beat.subject !== target.key || ping.next !== 'accuse' || onBehalfOf) return undefined;
      this.#end(ping);
      return target;
    }
    this.#end(ping);
    if (way === 'datagram') target.reach = target.reach.answered();
    else if (ping.way === 'datagram') target.reach = target.reach.missed();
    if (onBehalfOf !== undefined) {
      const { peer, sequence } = onBehalfOf;
      this.effects.send(peer, this.#wayTo(peer), this.own.beat('ack', sequence, target));
    }
    return undefined;
  }

  /** The time of a ping is up. @returns whom to accuse, if all ways were tried in vain */
  unanswered(now: Millis, ping: Ping): Peer | undefined {
    const { target } = ping;
    if (ping.next === 'ask otherwise') {
      this.#askOtherwise(now, ping);
      return undefined;
    }
    this.#end(ping);
    const isHeard = target.heardAt > ping.sentAt;
    const isOver = ping.onBehalfOf !== undefined || isHeard;
    if (!isOver) this.health.worsen();
    return isOver || target.incarnation !== ping.incarnation ? undefined : target;
  }

  /** Expects no answers any more: this node was not listening. */
  forgive(): void {
    for (const ping of this.#pings.values()) this.deadlines.delete(ping);
    this.#pings.clear();
  }

  /** While this node's main thread is blocked, nothing leaves over its links. */
  #wayTo(peer: Peer): Way {
    if (!this.datagrams) return 'link';
    return this.own.lag > 0 ? 'datagram' : peer.reach.way;
  }

  /** By link, or by datagram where the links carry the beats: datagrams may pass again, and the main thread of the target may be blocked. */
  #askTheOtherWay({ target, sequence, way }: Ping): void {
    if (way === 'link' && !this.datagrams) return;
    const other = way === 'datagram' ? 'link' : 'datagram';
    this.effects.send(target, other, this.own.to(target, 'ping', sequence));
  }

  #ping(
    now: Millis,
    target: Peer,
    way: Way,
    next: Ping['next'],
    onBehalfOf?: Ping['onBehalfOf'],
  ): Ping {
    const [oldest] = this.#pings.size < PINGS_IN_FLIGHT ? [] : this.#pings.values();
    if (oldest !== undefined) this.#end(oldest);
    const sequence = (this.#sequence = (this.#sequence + 1) >>> 0);
    const { incarnation } = target;
    const ping: Ping = {
      sequence,
      target,
      incarnation,
      sentAt: now,
      way,
      next,
      onBehalfOf,
    };
    this.#pings.set(sequence, ping);
    this.effects.send(target, way, this.own.to(target, 'ping', sequence));
    return ping;
  }

  #await(now: Millis, ping: Ping): void {
    this.deadlines.set(ping, now + this.health.multiplier * this.config.probeTimeout);
  }

  #end(ping: Ping): void {
    this.#pings.delete(ping.sequence);
    this.deadlines.delete(ping);
  }

  /** They have as much time as the target had, from now: a node that asks late does not judge early. */
  #askOtherwise(now: Millis, ping: Ping): void {
    const { target, sequence } = ping;
    ping.next = 'accuse';
    this.#askTheOtherWay(ping);
    for (const other of this.peers.others(target, this.config.indirectProbes)) {
      this.effects.send(other, this.#wayTo(other), this.own.beat('ping-for-me', sequence, target));
    }
    this.#await(now, ping);
  }
}
