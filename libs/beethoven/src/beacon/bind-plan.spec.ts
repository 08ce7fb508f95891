import { describe, expect, it } from 'vitest';
import type { ResolvedOptions } from '../beethoven.options.js';
import { MAX_CANDIDATES, bindPlan } from './bind-plan.js';

const MACHINE = ['127.0.0.1', '192.168.1.5', '10.0.4.7'];

const plan = (options: Partial<ResolvedOptions>, machine = MACHINE, own = machine) =>
  bindPlan(
    {
      clusterNet: '127.0.0.0',
      clusterNetMask: 29,
      listenerAddress: undefined,
      ...options,
    } as ResolvedOptions,
    { addresses: () => machine, ownAddresses: () => own },
  );

describe('where a Beacon listens', () => {
  it('is each host of a loopback network in turn', () => {
    const { candidates, spare, exposed } = plan({});
    expect(candidates).toEqual([1, 2, 3, 4, 5, 6].map((last) => `127.0.0.${last}`));
    expect(spare).toBe('127.0.0.1');
    expect(exposed).toBeUndefined();
  });

  it('is not each of 16 million hosts in turn', () => {
    expect(plan({ clusterNetMask: 8 }).candidates).toHaveLength(MAX_CANDIDATES);
  });

  it('is the address of this machine inside any other network', () => {
    expect(plan({ clusterNet: '10.0.4.0', clusterNetMask: 24 })).toMatchObject({
      candidates: ['10.0.4.7'],
      spare: '10.0.4.7',
      exposed: '10.0.4.7',
    });
  });

  it('is the address that the options name, whatever the network', () => {
    expect(plan({ clusterNet: '10.0.4.0', listenerAddress: '192.168.1.5' })).toMatchObject({
      candidates: ['192.168.1.5'],
      spare: '192.168.1.5',
      exposed: '192.168.1.5',
    });
    expect(plan({ clusterNet: '10.0.4.0', listenerAddress: '127.0.0.9' }).exposed).toBeUndefined();
  });

  it('is a stand-in that others may reach, where this machine is not in the network', () => {
    const elsewhere = { clusterNet: '172.16.0.0', clusterNetMask: 16 };
    expect(plan(elsewhere)).toMatchObject({
      candidates: [],
      spare: '192.168.1.5',
      exposed: '172.16.0.0/16',
    });
    expect(plan(elsewhere, ['127.0.0.1']).spare).toBe('127.0.0.1');
  });

  it('is an address that waits for its cable, rather than one outside the network', () => {
    const lan = { clusterNet: '10.0.4.0', clusterNetMask: 24 };
    for (const running of [['127.0.0.1'], ['127.0.0.1', '192.168.1.5']])
      expect(plan(lan, running, MACHINE)).toMatchObject({
        candidates: ['10.0.4.7'],
        spare: '10.0.4.7',
        isOffline: false,
      });
  });

  it('is nowhere yet on a machine that has nothing but loopback', () => {
    const lan = { clusterNet: '10.0.4.0', clusterNetMask: 24 };
    expect(plan(lan, ['127.0.0.1']).isOffline).toBe(true);
    expect(plan(lan, ['127.0.0.1', '192.168.1.5']).isOffline).toBe(false);
    expect(plan({}, ['127.0.0.1']).isOffline).toBe(false);
    expect(plan({ ...lan, listenerAddress: '10.0.4.7' }, ['127.0.0.1']).isOffline).toBe(false);
  });

  it('is dialled at the address inside the network when it listens on every address', () => {
    const everywhere = plan({
      clusterNet: '10.0.4.0',
      clusterNetMask: 24,
      listenerAddress: '0.0.0.0',
    });
    expect(everywhere.exposed).toBe('0.0.0.0');
    expect(everywhere.dialled('0.0.0.0')).toBe('10.0.4.7');
    expect(everywhere.dialled('10.0.4.7')).toBe('10.0.4.7');
  });
});
