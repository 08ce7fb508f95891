import { describe, expect, it } from 'vitest';
import { FakeTable } from '../../test/fake-table.js';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { Opening } from '../protocol/roles/plan.js';
import { slotId, type Slot } from '../protocol/roles/slot.js';
import type { Table } from '../tables/table.js';
import { SLOTS } from './role-tables.js';
import { SlotLedger } from './slot-ledger.js';

const self = { id: 'me', startedAt: 7 };
const other = { id: 'other', startedAt: 3 };

const slot = (index: number, more: Partial<Slot>): Slot => ({
  id: slotId('mail', index),
  role: 'mail',
  index,
  holder: 'other',
  life: 3,
  epoch: 4,
  state: 'running',
  ...more,
});
const opening = (index: number): Opening => ({
  id: slotId('mail', index),
  role: 'mail',
  index,
  candidates: ['me'],
});

/** A ledger on a table that decides its transactions itself. */
function ledgerOn(...rows: object[]) {
  let stamp = 0;
  const copy: FakeTable = new FakeTable(SLOTS as never, 'me', {
    stamp: () => ++stamp,
    spread: () => {},
    decide: async (_, work) => work(copy),
  });
  for (const row of rows) copy.put({ ...row });
  const table = copy as unknown as Table<Slot>;
  const coreServer = { self, nodes: () => [self, other] } as unknown as CoreServerService;
  const byId = new Map([self, other].map((node) => [node.id, node]));
  return { ledger: new SlotLedger(table, coreServer, { byId }), table };
}

describe('the slot ledger', () => {
  it('claims an open slot under the next epoch', async () => {
    const { ledger, table } = ledgerOn(
      slot(0, { holder: null, life: 0 }),
      slot(1, { holder: 'gone' }),
    );
    await ledger.claim([opening(0)], () => true);
    expect(table.get('mail/0')).toEqual(
      slot(0, { holder: 'me', life: 7, epoch: 5, state: 'starting' }),
    );
  });

  it('leaves a slot that somebody live holds by the time of the decision', async () => {
    const { ledger, table } = ledgerOn(slot(0, {}));
    await ledger.claim([opening(0)], () => true);
    expect(table.get('mail/0')).toEqual(slot(0, {}));
  });

  it('claims nothing for a role that this node no longer offers', async () => {
    const { ledger, table } = ledgerOn();
    await ledger.claim([opening(0)], () => false);
    expect(table.size).toBe(0);
  });

  it('claims one slot of a role, and none when it holds one', async () => {
    const fresh = ledgerOn();
    await fresh.ledger.claim([opening(0), opening(1)], () => true);
    expect([...fresh.table.rows()].map(({ index }) => index)).toEqual([0]);

    const holding = ledgerOn(slot(2, { holder: 'me', life: 7 }));
    await holding.ledger.claim([opening(0)], () => true);
    expect(holding.table.size).toBe(1);
  });

  it('claims over a row that is no slot', async () => {
    const { ledger, table } = ledgerOn({ id: 'mail/0', holder: 7, epoch: 1e300 });
    await ledger.claim([opening(0)], () => true);
    expect(table.get('mail/0')).toMatchObject({ holder: 'me', epoch: 1 });
  });

  it('hands its slot to a node that is there, and to nobody otherwise', async () => {
    const mine = slot(0, { holder: 'me', life: 7 });
    const given = ledgerOn(mine);
    await given.ledger.handOver('mail/0', () => 'other');
    expect(given.table.get('mail/0')).toEqual(slot(0, { epoch: 5, state: 'starting' }));

    const left = ledgerOn(mine);
    await left.ledger.handOver('mail/0', () => 'gone');
    expect(left.table.get('mail/0')).toMatchObject({ holder: null, life: 0, epoch: 4 });
  });

  it('hands over nothing that is not its own, nor what an earlier process of its id held', async () => {
    for (const row of [slot(0, {}), slot(0, { holder: 'me', life: 6 })]) {
      const { ledger, table } = ledgerOn(row);
      await ledger.handOver('mail/0', () => 'other');
      expect(table.get('mail/0')).toEqual(row);
    }
  });

  it('raises the epoch of who holds a slot under the same one, and of nobody else', async () => {
    const { ledger, table } = ledgerOn(slot(0, {}));
    await ledger.raise('mail/0', 4);
    expect(table.get('mail/0')).toEqual(slot(0, { epoch: 5, state: 'starting' }));
    await ledger.raise('mail/0', 4);
    expect(table.get('mail/0')?.epoch).toBe(5);

    for (const row of [slot(0, { holder: null, life: 0 }), slot(0, { holder: 'me', life: 7 })]) {
      const alone = ledgerOn(row);
      // oxlint-disable-next-line no-await-in-loop -- one ledger after the other
      await alone.ledger.raise('mail/0', 4);
      expect(alone.table.get('mail/0')).toEqual(row);
    }
  });

  it('says that an instance runs only under the epoch under which it runs', () => {
    const { ledger, table } = ledgerOn(slot(0, { holder: 'me', life: 7, state: 'starting' }));
    ledger.markRunning('mail/0', 3);
    expect(table.get('mail/0')?.state).toBe('starting');
    ledger.markRunning('mail/0', 4);
    expect(table.get('mail/0')?.state).toBe('running');
  });
});
