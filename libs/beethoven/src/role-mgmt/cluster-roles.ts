import type { AllocatorService } from '../allocator/allocator.service.js';
import { offersOf, wantedInstances, type OfferRow, type Offers } from '../protocol/roles/offer.js';
import { liveHolder, type Member, type RolesView } from '../protocol/roles/plan.js';
import { isSlot, type Slot } from '../protocol/roles/slot.js';
import type { NodeId } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';
import type { StandingNodes } from './standing-nodes.js';

/** A role of the cluster. */
export interface RoleStatus {
  readonly role: string;
  /** Instances that are wanted. */
  readonly count: number;
  /** Instances that a live node holds. */
  readonly assigned: number;
  /** Who holds them, in the order of their slots. */
  readonly nodes: readonly NodeId[];
}

const NO_OFFERS: Offers = new Map();

/** The roles of the cluster as they are known here: the view that the planner and the user are given. */
export class ClusterRoles {
  constructor(
    private readonly standing: StandingNodes,
    private readonly allocator: AllocatorService,
    private readonly offers: Table<OfferRow>,
    private readonly slots: Table<Slot>,
  ) {}

  /** @param own What this node offers: its own row may have been removed by mistake. */
  view(own: Offers): RolesView & { readonly slots: Map<string, Slot> } {
    return { members: this.#members(own), slots: new Map(this.#slots().map((s) => [s.id, s])) };
  }

  /** The slot, as far as it has a row of the right shape. */
  slot(id: string): Slot | undefined {
    const row = this.slots.get(id);
    return isSlot(row) ? row : undefined;
  }

  /** Whether the node is written down as a holder, live or not. */
  isHolder(node: NodeId): boolean {
    return this.#slots().some(({ holder }) => holder === node);
  }

  /** The standing holders of each role, in the order of the slots. */
  holders(): ReadonlyMap<string, readonly NodeId[]> {
    const live = this.standing.byId;
    const holders = new Map<string, NodeId[]>();
    for (const slot of this.#slots().toSorted((a, b) => a.index - b.index)) {
      const holder = liveHolder(slot, live);
      if (holder === undefined) continue;
      const ofRole = holders.get(slot.role);
      if (ofRole === undefined) holders.set(slot.role, [holder.id]);
      else ofRole.push(holder.id);
    }
    return holders;
  }

  /** @param defined The roles of this application: listed even while nobody offers them. */
  status(own: Offers, defined: Iterable<{ name: string; instances: number }>): RoleStatus[] {
    const holders = this.holders();
    const counts = new Map([...holders.keys()].map((role) => [role, 0]));
    for (const { name, instances } of defined) counts.set(name, instances);
    for (const [role, wanted] of wantedInstances(this.#members(own))) counts.set(role, wanted);
    return [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([role, count]) => {
        const nodes = holders.get(role) ?? [];
        return { role, count, assigned: nodes.length, nodes };
      });
  }

  #members(own: Offers): Member[] {
    const scores = this.allocator.scores();
    return this.standing.all.map(({ id, startedAt, status, self }) => ({
      id,
      startedAt,
      suspect: status === 'suspect',
      stalled: status === 'stalled',
      score: scores.get(id) ?? 0,
      offers: (self ? own : offersOf(this.offers.get(id))) ?? NO_OFFERS,
    }));
  }

  #slots(): Slot[] {
    return [...this.slots.rows()].filter(isSlot);
  }
}
