import type { Millis, NodeId } from '../terms.js';
import { wantedInstances, type Offers } from './offer.js';
import { rendezvousWeight } from './rendezvous.js';
import { slotId, type Slot } from './slot.js';

/** A live member, as the planner sees it. */
export interface Member {
  readonly id: NodeId;
  readonly startedAt: Millis;
  /** Suspects come last: who may be dead is no help. */
  readonly suspect: boolean;
  /** Keeps what it holds, and takes nothing new. */
  readonly stalled?: boolean;
  /** Its busy score. */
  readonly score: number;
  readonly offers: Offers;
}

export interface RolesView {
  readonly members: readonly Member[];
  /** By id. */
  readonly slots: ReadonlyMap<string, Slot>;
}

/** A wanted slot that nobody holds and somebody could. */
export interface Opening {
  readonly id: string;
  readonly role: string;
  readonly index: number;
  /** The first should take it at once, each further one if those before it do not; never empty. */
  readonly candidates: readonly NodeId[];
}

/** A slot that its live holder has to give up. */
export interface Surrender {
  readonly slot: Slot;
  readonly why:
    /** Fewer instances are wanted than this slot's index. */
    | 'surplus'
    /** Its holder holds a lower slot of the same role, as can happen when two clusters merge. */
    | 'duplicate'
    /** Its holder does not offer the role (any more). */
    | 'not-offered';
}

export interface Plan {
  readonly wanted: ReadonlyMap<string, number>;
  readonly openings: readonly Opening[];
  readonly surrenders: readonly Surrender[];
}

/** What one more role adds to a node's score, once the node has signalled it. */
const ROLE_SCORE = 0.1;

/**
 * What each node should hold. Every node computes the same answer from the same view and acts only on its own part, so nobody
 * has to be asked. Holders that live keep their slots: roles do not wander.
 *
 * @param leaving Slots that their live holders are about to give up: planned for others, as if they were open.
 */
export function plan({ members, slots }: RolesView, leaving: readonly Slot[] = []): Plan {
  const wanted = wantedInstances(members);
  const live = new Map(members.map((member) => [member.id, member]));
  const left = new Set(leaving.map(({ id }) => id));
  const holders = new Map<string, Set<NodeId>>();
  const taken = new Set<string>();
  const given = new Map<NodeId, number>();
  const surrenders: Surrender[] = [];

  for (const slot of [...slots.values()].toSorted(byRoleAndIndex)) {
    const holder = liveHolder(slot, live);
    if (holder === undefined) continue;
    const ofRole = holders.get(slot.role) ?? new Set();
    holders.set(slot.role, ofRole);
    if (!left.has(slot.id)) {
      const why = reasonToSurrender(slot, holder, wanted, ofRole);
      if (why !== undefined) surrenders.push({ slot, why });
      taken.add(slot.id);
      // Not in the score yet: two slots that fall open one after the other would both go to the same node.
      if (slot.state === 'starting') given.set(holder.id, (given.get(holder.id) ?? 0) + 1);
    }
    // Also when it has to give this slot up: until it has, another one would be its second.
    ofRole.add(holder.id);
  }

  const openings: Opening[] = [];
  for (const [role, instances] of [...wanted].toSorted(([a], [b]) => order(a, b))) {
    const ofRole = holders.get(role);
    let able: readonly Member[] | undefined;
    for (let index = 0; index < instances; index++) {
      const id = slotId(role, index);
      if (taken.has(id)) continue;
      able ??= members.filter(
        (member) => !member.stalled && member.offers.has(role) && !ofRole?.has(member.id),
      );
      if (able.length === 0) break; // fewer able nodes than instances: the rest stays open until one joins
      const candidates = leastBusyFirst(able, given, id);
      openings.push({ id, role, index, candidates });
      const taker = candidates[0] as NodeId;
      given.set(taker, (given.get(taker) ?? 0) + 1);
      able = able.filter((member) => member.id !== taker);
    }
  }
  return { wanted, openings, surrenders };
}

/** Who holds the slot, if that process lives. */
export function liveHolder<M extends { readonly startedAt: Millis }>(
  { holder, life }: Slot,
  live: ReadonlyMap<NodeId, M>,
): M | undefined {
  const member = holder === null ? undefined : live.get(holder);
  return member?.startedAt === life ? member : undefined;
}

function reasonToSurrender(
  { role, index }: Slot,
  holder: Member,
  wanted: ReadonlyMap<string, number>,
  holdersOfLower: ReadonlySet<NodeId>,
): Surrender['why'] | undefined {
  if (!holder.offers.has(role)) return 'not-offered';
  if (index >= (wanted.get(role) ?? 0)) return 'surplus';
  return holdersOfLower.has(holder.id) ? 'duplicate' : undefined;
}

function leastBusyFirst(
  able: readonly Member[],
  given: ReadonlyMap<NodeId, number>,
  slot: string,
): readonly NodeId[] {
  const ranked = able.map(({ id, suspect, score }) => ({
    id,
    suspect: Number(suspect),
    score: score + ROLE_SCORE * (given.get(id) ?? 0),
    weight: rendezvousWeight(slot, id),
  }));
  ranked.sort(
    (a, b) =>
      a.suspect - b.suspect || a.score - b.score || b.weight - a.weight || order(a.id, b.id),
  );
  return ranked.map(({ id }) => id);
}

function byRoleAndIndex(a: Slot, b: Slot): number {
  return order(a.role, b.role) || a.index - b.index;
}

/** By code units: the same on every machine, whatever its locale. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
