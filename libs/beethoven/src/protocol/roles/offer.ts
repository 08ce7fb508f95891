import type { Millis, NodeId } from '../terms.js';
import { MAX_INSTANCES } from './slot.js';

/** What a node offers to hold, by the name of the role: how many instances its app wants in the cluster. */
export type Offers = ReadonlyMap<string, number>;

/** A row of the table `beethoven.offers`, written by the node itself. */
export interface OfferRow {
  readonly node: NodeId;
  readonly roles: Readonly<Record<string, number>>;
}

/** Reads the `roles` of a row, which a peer may have sent; `undefined` where they are none. */
export function offersOf(row: unknown): Offers | undefined {
  const roles = (row as Partial<OfferRow> | undefined)?.roles as unknown;
  if (typeof roles !== 'object' || roles === null) return undefined;
  const offers = new Map<string, number>(Object.entries(roles));
  for (const instances of offers.values()) {
    if (!Number.isInteger(instances) || instances < 1 || instances > MAX_INSTANCES) {
      return undefined;
    }
  }
  return offers;
}

/**
 * How many instances of each role the cluster wants. Apps differ between nodes during a rolling deploy: of the nodes that offer
 * a role the one whose process started last decides, because it runs the newest deploy.
 */
export function wantedInstances(
  members: Iterable<{ readonly id: NodeId; readonly startedAt: Millis; readonly offers: Offers }>,
): ReadonlyMap<string, number> {
  const newest = new Map<string, { id: NodeId; startedAt: Millis; instances: number }>();
  for (const { id, startedAt, offers } of members) {
    for (const [role, instances] of offers) {
      const known = newest.get(role);
      const decides =
        known === undefined ||
        startedAt > known.startedAt ||
        (startedAt === known.startedAt && id > known.id);
      if (decides) newest.set(role, { id, startedAt, instances });
    }
  }
  return new Map([...newest].map(([role, { instances }]) => [role, instances]));
}
