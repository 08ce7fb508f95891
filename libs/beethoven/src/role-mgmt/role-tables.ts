import type { OfferRow } from '../protocol/roles/offer.js';
import { slotRank, type Slot } from '../protocol/roles/slot.js';
import type { TableConfig } from '../tables/table.js';

/** What each node offers to hold: one row a node, written by the node itself. */
export const OFFERS: TableConfig<OfferRow> = {
  name: 'beethoven.offers',
  key: 'node',
  columns: ['node', 'roles'],
  types: { node: 'string', roles: 'object' },
};

/** Who holds what: written in transactions, but for the word of a holder that its instance runs. */
export const SLOTS: TableConfig<Slot> = {
  name: 'beethoven.slots',
  key: 'id',
  columns: ['id', 'role', 'index', 'holder', 'life', 'epoch', 'state'],
  types: {
    id: 'string',
    role: 'string',
    index: 'number',
    holder: 'string',
    life: 'number',
    epoch: 'number',
    state: 'string',
  },
  rank: slotRank,
};
