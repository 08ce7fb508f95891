import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../network/clock.js';
import { slotId, type Slot } from '../protocol/roles/slot.js';
import type { LeaseEvent, QuorumService } from '../quorum/quorum.service.js';
import { captureLog } from '../network/mesh.fixture.js';
import type { ClusterRoles } from './cluster-roles.js';
import { QuorumSlots } from './quorum-slots.js';
import type { SlotLedger } from './slot-ledger.js';

const vault = (index: number, more: Partial<Slot> = {}): Slot => ({
  id: slotId('vault', index),
  role: 'vault',
  index,
  holder: 'me',
  life: 1,
  epoch: 5,
  state: 'running',
  ...more,
});

/** Quorum slots between a quorum, a ledger and an owner that write down what they are told. */
function stage({ hasQuorum = true, wanted = true, now = 0 } = {}) {
  captureLog();
  const told: string[] = [];
  const events = new Subject<LeaseEvent>();
  const rows = new Map<string, Slot>();
  let stopped = (): void => {};
  const quorum = {
    events$: events,
    hasQuorum,
    has: () => false,
    isHeld: () => true,
    claim: (id: string, epoch: number) => told.push(`claim ${id} ${epoch}`),
    release: (id: string) => told.push(`release ${id}`),
  } as unknown as QuorumService;
  const ledger = {
    isMine: (slot: Slot | undefined) => slot?.holder === 'me',
    hold: ({ id }: Slot, epoch: number) => told.push(`hold ${id} ${epoch}`) > 0,
    give: ({ id }: Slot, taker: string | undefined, epoch: number) =>
      told.push(`give ${id} to ${taker ?? 'nobody'} ${epoch}`),
  } as unknown as SlotLedger;
  const roles = { slot: (id: string) => rows.get(id) } as unknown as ClusterRoles;
  const slots = new QuorumSlots(quorum, ledger, roles, { now: () => now } as Clock, {
    wants: () => wanted,
    failed: (id) => void told.push(`failed ${id}`),
    lost: (id) => {
      told.push(`stop ${id}`);
      return new Promise((resolve) => (stopped = resolve));
    },
  });
  const put = (slot: Slot): void => void rows.set(slot.id, slot);
  return {
    slots,
    told,
    put,
    happens: (event: LeaseEvent) => events.next(event),
    end: () => stopped(),
  };
}

describe('the slots of quorum roles', () => {
  it('are claimed one of a role at a time, above every known epoch', () => {
    const { slots, told, put } = stage();
    put(vault(0, { holder: null }));
    slots.claim(vault(0));
    slots.claim(vault(1));
    expect(told).toEqual(['claim vault/0 6']);
    slots.withdraw('vault/0');
    slots.claim(vault(1));
    expect(told.slice(1)).toEqual(['release vault/0', 'claim vault/1 1']);
  });

  it('have epochs that are no older than the clock', () => {
    const { slots, told } = stage({ now: 90_500 });
    slots.claim(vault(0));
    expect(told).toEqual(['claim vault/0 90']);
  });

  it('are claimed above the epoch for which a voter has refused', () => {
    const { slots, told, happens } = stage();
    slots.claim(vault(0));
    happens({ kind: 'failed', slot: 'vault/0', epoch: 8, retryAt: 0 });
    slots.claim(vault(0));
    expect(told).toEqual(['claim vault/0 1', 'failed vault/0', 'claim vault/0 9']);
  });

  it('are written down once the lease is won', () => {
    const { slots, told, happens } = stage();
    slots.claim(vault(0));
    happens({ kind: 'won', slot: 'vault/0', epoch: 1 });
    expect(told).toEqual(['claim vault/0 1', 'hold vault/0 1']);
    expect([...slots.claims]).toEqual([]);
  });

  it('are given back at once by a node that wants the role no more', () => {
    const { slots, told, happens } = stage({ wanted: false });
    slots.claim(vault(0));
    happens({ kind: 'won', slot: 'vault/0', epoch: 1 });
    expect(told.slice(1)).toEqual(['release vault/0', 'failed vault/0']);
  });

  it('are let go of in this order: the role stops, the row says so, the lease is released', async () => {
    const { told, put, happens, end } = stage();
    put(vault(0));
    happens({ kind: 'ending', slot: 'vault/0', epoch: 5 });
    expect(told).toEqual(['stop vault/0']);
    end();
    await Promise.resolve();
    await Promise.resolve();
    expect(told.slice(1)).toEqual(['give vault/0 to nobody 5', 'release vault/0']);
  });

  it('are declined where there is no quorum, and kept where a claim has only to wait', () => {
    const alone = stage({ hasQuorum: false });
    alone.put(vault(0));
    alone.slots.declineWithoutQuorum(vault(0));
    expect(alone.told).toEqual(['give vault/0 to nobody 5']);

    const waiting = stage();
    waiting.put(vault(0));
    waiting.slots.declineWithoutQuorum(vault(0));
    expect(waiting.told).toEqual([]);
  });
});
