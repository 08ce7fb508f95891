import type { Clock } from '../network/clock.js';
import { Bars } from '../protocol/roles/bars.js';
import { offersOf, type OfferRow, type Offers } from '../protocol/roles/offer.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';
import type { RoleDefinition } from './role-definition.js';

/** What this node offers to hold: what its application defines, but for what is barred; nothing while it is withdrawn. */
export class OwnOffers {
  readonly #bars = new Bars();
  #current: Offers = new Map();
  #withdrawn = false;

  constructor(
    private readonly table: Table<OfferRow>,
    private readonly node: NodeId,
    private readonly definitions: ReadonlyMap<string, RoleDefinition>,
    private readonly clock: Clock,
  ) {}

  /** As of the last `refresh()`. */
  get current(): Offers {
    return this.#current;
  }

  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  /** When the offers change by themselves; `Infinity` when they do not. */
  get nextChange(): Millis {
    return this.#withdrawn ? Infinity : this.#bars.nextEnd(this.clock.now());
  }

  /** Tells the cluster, if it has heard anything else: also when the row was taken for one of a departed node, and removed. */
  refresh(): void {
    const now = this.clock.now();
    const offers = new Map<string, number>();
    if (!this.#withdrawn) {
      for (const { name, instances } of this.definitions.values()) {
        if (!this.#bars.has(name, now)) offers.set(name, instances);
      }
    }
    this.#current = offers;
    if (!same(offers, offersOf(this.table.get(this.node)))) {
      this.table.put({ node: this.node, roles: Object.fromEntries(offers) });
    }
  }

  /** Offers nothing any more, until `restore()`. */
  withdraw(): void {
    this.#withdrawn = true;
    this.refresh();
  }

  restore(): void {
    this.#withdrawn = false;
    this.refresh();
  }

  /** Does not offer the role for a while. @returns for how long (ms) */
  bar(role: string): Millis {
    return this.#bars.add(role, this.clock.now());
  }
}

function same(a: Offers, b: Offers | undefined): boolean {
  if (a.size !== b?.size) return false;
  for (const [role, instances] of a) if (b.get(role) !== instances) return false;
  return true;
}
