import type { Deadlines } from '../deadlines.js';
import type { Millis } from '../terms.js';
import { LAST_WORD, LINK_PATIENCE, type DetectorConfig } from './detector-config.js';
import type { DetectorEffects } from './detector-effects.js';
import type { Accusation, Peer } from './peer.js';
import type { Peers } from './peers.js';
import type { Ping, Probes } from './probes.js';
import { Suspicion, suspicionBounds, type SuspicionBounds } from './suspicion.js';

/** Keeps the time of those under suspicion, and says who has had it. */
export class Suspects {
  /** Shared by all who fall under suspicion together. */
  #bounds: { readonly members: number; readonly patience: number } & SuspicionBounds = {
    members: 0,
    patience: 0,
    min: 0,
    max: 0,
    expected: 0,
  };

  constructor(
    private readonly config: DetectorConfig,
    private readonly peers: Peers,
    private readonly probes: Probes,
    private readonly deadlines: Deadlines<Ping | Peer | 'turn'>,
    private readonly effects: DetectorEffects,
  ) {}

  accuse(now: Millis, peer: Peer, { accuser, condemned }: Accusation): void {
    let { suspicion } = peer;
    if (suspicion === undefined) {
      suspicion = peer.suspicion = new Suspicion(this.#boundsFor(peer), now, accuser);
      this.probes.check(now, peer);
    } else if (!suspicion.confirm(accuser) && !condemned) {
      return;
    }
    if (condemned)
      suspicion.shorten(now + this.#patienceWith(peer) * LAST_WORD * this.config.probeTimeout);
    this.deadlines.set(peer, suspicion.deadline);
  }

  /** It has contradicted, or departed. */
  acquit(peer: Peer): void {
    peer.suspicion = undefined;
    this.deadlines.delete(peer);
  }

  timeIsUp(now: Millis, peer: Peer): void {
    const { suspicion } = peer;
    if (suspicion === undefined) return;
    if (suspicion.deadline > now) this.deadlines.set(peer, suspicion.deadline);
    else this.effects.judge('down', peer);
  }

  /** Gives the suspect the time back in which this node was not listening. */
  postpone(peer: Peer, span: Millis): void {
    const { suspicion } = peer;
    if (suspicion === undefined) return;
    suspicion.postpone(span);
    this.deadlines.set(peer, suspicion.deadline);
  }

  postponeAll(span: Millis): void {
    for (const peer of this.peers.all()) this.postpone(peer, span);
  }

  #boundsFor(peer: Peer): SuspicionBounds {
    const members = this.peers.size + 1;
    const patience = this.#patienceWith(peer);
    if (this.#bounds.members !== members || this.#bounds.patience !== patience) {
      const { suspicionMultiplier, probeInterval } = this.config;
      const bounds = suspicionBounds(members, patience * suspicionMultiplier, probeInterval);
      this.#bounds = { members, patience, ...bounds };
    }
    return this.#bounds;
  }

  #patienceWith({ reach }: Peer): number {
    return this.probes.datagrams && reach.isDirect ? 1 : LINK_PATIENCE;
  }
}
