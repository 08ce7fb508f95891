import type { Incarnation, Millis, NodeId, PeerCard } from '../terms.js';

/**
 * What is believed of a member. `alive` and `suspect` members are live; `down` and `left` are final for the incarnation:
 * only a higher one, which nobody but the member itself can give, brings it back.
 */
export type Standing = 'alive' | 'suspect' | 'down' | 'left';

/** The same for those who ask: an alive member whose main thread is blocked is `stalled`, and live all the same. */
export type MemberStatus = Standing | 'stalled';

/** How a life ends. */
export type Departure = 'down' | 'left';

/** Also the numbers that stand for them on the wire. */
export const STATUSES: readonly Standing[] = ['alive', 'suspect', 'down', 'left'];

/** A statement about a member: what gossip carries. */
export interface Rumor {
  readonly card: PeerCard;
  readonly status: Standing;
  /** How often it has fallen into a stall or come out of one in this life: odd while it is stalled. 0 where nothing is said. */
  readonly phase?: number;
  /** Who suspects the member, where it is suspected: independent accusers shorten the suspicion. */
  readonly accuser?: NodeId;
  /** How long ago it departed (ms), where it did: a span, because clocks differ between machines. */
  readonly age?: Millis;
}

/** What this node believes of a member. */
export interface MemberState extends Pick<Rumor, 'card' | 'status'> {
  readonly phase: number;
  /** It has come back too often, and is shown as a suspect for a while. This node's own opinion: not told, and in no digest. */
  readonly heldDown?: true;
  /** When this node learned of the status (ms since the epoch). */
  readonly lastChange: Millis;
}

interface Claim {
  readonly card: { readonly incarnation: Incarnation };
  readonly status: Standing;
}

export function isLive(status: MemberStatus): status is 'alive' | 'suspect' | 'stalled' {
  return status !== 'down' && status !== 'left';
}

/** What those who ask are told. */
export function statusOf({
  status,
  phase,
  heldDown,
}: Pick<MemberState, 'status' | 'phase'> & { readonly heldDown?: boolean }): MemberStatus {
  if (heldDown && status === 'alive') return 'suspect';
  return status === 'alive' && phase % 2 === 1 ? 'stalled' : status;
}

/** Whether both speak of the same process: a node that restarts may get the same id again. */
export function isSameLife(a: PeerCard, b: PeerCard): boolean {
  return a.id === b.id && a.startedAt === b.startedAt;
}

/** Which of two members is the elder, as both tell alike. */
export function isElder(a: PeerCard, b: PeerCard): boolean {
  return a.startedAt < b.startedAt || (a.startedAt === b.startedAt && a.id < b.id);
}

/** Whether this is the life that we believe to go on. */
export function isKnownLife(state: MemberState | undefined, card: PeerCard): boolean {
  return state !== undefined && isLive(state.status) && isSameLife(state.card, card);
}

/**
 * Whether the first claim about a member beats the second: the higher incarnation, then the graver status. A total order, so
 * that keeping the winner gives the same result in whatever order, and however often, claims arrive.
 *
 * Source: Das, Gupta, Motivala, "SWIM", 2002, section 4.2.
 */
export function supersedes(claim: Claim, other: Claim): boolean {
  const { incarnation } = claim.card;
  if (incarnation !== other.card.incarnation) return incarnation > other.card.incarnation;
  return STATUSES.indexOf(claim.status) > STATUSES.indexOf(other.status);
}
