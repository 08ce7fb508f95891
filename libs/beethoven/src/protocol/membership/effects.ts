import type { Accusation, Watch } from '../detector/peer.js';
import type { Incarnation, Millis, NodeId } from '../terms.js';
import type { MemberState } from './member-state.js';
import type { Message } from './messages.js';

/** A moment that the membership asked for. Handed back when it has come; one that is out of date is ignored. */
export interface MembershipTimer {
  readonly kind: 'gossip' | 'dial' | 'release';
  /** When it should fire (ms since the epoch). */
  readonly due: Millis;
}

export interface MemberChange {
  readonly type: 'joined' | 'updated' | 'suspected' | 'stalled' | 'recovered' | 'left' | 'down';
  readonly member: MemberState;
  readonly at: Millis;
}

/** What the driver must do, in this order. */
export type Effect =
  | { readonly kind: 'send'; readonly to: readonly NodeId[]; readonly message: Message }
  /** Hand `timer` back after so many milliseconds. */
  | { readonly kind: 'timer'; readonly timer: MembershipTimer; readonly after: Millis }
  /** Make a link to this member, and report what came of it with `connected` or `connectFailed`. */
  | { readonly kind: 'connect'; readonly id: NodeId }
  /** Close the link to this member: its process is gone, or does not answer. */
  | { readonly kind: 'disconnect'; readonly id: NodeId }
  | { readonly kind: 'notify'; readonly change: MemberChange }
  /** This node contradicts a rumour about itself: this is its incarnation, and its phase, from now on. */
  | { readonly kind: 'raise'; readonly incarnation: Incarnation; readonly phase: number }
  /** For the detector: watch this member, or one that has raised its incarnation. */
  | { readonly kind: 'watch'; readonly watch: Watch }
  | { readonly kind: 'unwatch'; readonly id: NodeId }
  /** For the detector: the member is suspected, under this incarnation. */
  | { readonly kind: 'accuse'; readonly accusation: Accusation }
  /** For the detector: a beat that came over a link. */
  | { readonly kind: 'beat'; readonly bytes: Uint8Array };

/** Collects the effects of one input. */
export class Effects {
  #pending: Effect[] = [];

  take(): readonly Effect[] {
    const taken = this.#pending;
    if (taken.length > 0) this.#pending = [];
    return taken;
  }

  send(to: readonly NodeId[], message: Message): void {
    if (to.length > 0) this.#pending.push({ kind: 'send', to, message });
  }

  timer(now: Millis, timer: MembershipTimer): void {
    this.#pending.push({ kind: 'timer', timer, after: Math.max(0, timer.due - now) });
  }

  connect(id: NodeId): void {
    this.#pending.push({ kind: 'connect', id });
  }

  disconnect(id: NodeId): void {
    this.#pending.push({ kind: 'disconnect', id });
  }

  notify(type: MemberChange['type'], member: MemberState, at: Millis): void {
    this.#pending.push({ kind: 'notify', change: { type, member, at } });
  }

  raise(incarnation: Incarnation, phase: number): void {
    this.#pending.push({ kind: 'raise', incarnation, phase });
  }

  watch({ card, phase }: MemberState): void {
    this.#pending.push({ kind: 'watch', watch: { card, phase } });
  }

  unwatch(id: NodeId): void {
    this.#pending.push({ kind: 'unwatch', id });
  }

  accuse(accusation: Accusation): void {
    this.#pending.push({ kind: 'accuse', accusation });
  }

  beat(bytes: Uint8Array): void {
    this.#pending.push({ kind: 'beat', bytes });
  }
}
