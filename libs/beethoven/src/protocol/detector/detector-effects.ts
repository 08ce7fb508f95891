import type { Incarnation, Millis, NodeId } from '../terms.js';
import type { Beat, Life } from './beat.js';
import type { Peer } from './peer.js';
import type { Way } from './reach.js';

/** What the detector has found out about a member, for the membership. */
export type Verdict =
  /** `suspect`: it does not answer. `trust`: it has contradicted, under this incarnation. `down`: it had its time. */
  | {
      readonly kind: 'suspect' | 'trust' | 'down';
      readonly id: NodeId;
      readonly startedAt: Millis;
      readonly incarnation: Incarnation;
    }
  /** It has fallen into a stall (odd), or come out of it. */
  | {
      readonly kind: 'phase';
      readonly id: NodeId;
      readonly startedAt: Millis;
      readonly phase: number;
    }
  /** What it believes of the cluster is something else, twice in a row. */
  | { readonly kind: 'differs'; readonly id: NodeId }
  /** This node has contradicted a suspicion: its incarnation is this one now. */
  | { readonly kind: 'raise'; readonly incarnation: Incarnation }
  /** This node was stopped or blocked: what it missed proves nothing. */
  | { readonly kind: 'overslept' };

/** What is to be done, in this order. */
export type DetectorEffect =
  | Verdict
  | { readonly kind: 'send'; readonly to: NodeId; readonly way: Way; readonly beat: Beat }
  /** To where the beat that was handled came from: of a stranger nothing is known but its life. */
  | { readonly kind: 'reply'; readonly to: Life; readonly beat: Beat };

/** Collects the effects of one input. */
export class DetectorEffects {
  #pending: DetectorEffect[] = [];

  take(): readonly DetectorEffect[] {
    const taken = this.#pending;
    if (taken.length > 0) this.#pending = [];
    return taken;
  }

  send({ id: to }: Peer, way: Way, beat: Beat): void {
    this.#pending.push({ kind: 'send', to, way, beat });
  }

  reply({ from: key, startedAt }: Beat, beat: Beat): void {
    this.#pending.push({ kind: 'reply', to: { key, startedAt }, beat });
  }

  judge(kind: 'suspect' | 'trust' | 'down', { id, startedAt, incarnation }: Peer): void {
    this.#pending.push({ kind, id, startedAt, incarnation });
  }

  phase({ id, startedAt, phase }: Peer): void {
    this.#pending.push({ kind: 'phase', id, startedAt, phase });
  }

  differs({ id }: Peer): void {
    this.#pending.push({ kind: 'differs', id });
  }

  raise(incarnation: Incarnation): void {
    this.#pending.push({ kind: 'raise', incarnation });
  }

  overslept(): void {
    this.#pending.push({ kind: 'overslept' });
  }
}
