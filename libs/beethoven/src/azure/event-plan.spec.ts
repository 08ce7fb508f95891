import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '../core-server/cluster-node.js';
import { demandOf, turnOf, type ClusterView } from './event-plan.js';
import type { ScheduledEvent } from './scheduled-event.js';

const event = (more: Partial<ScheduledEvent> = {}): ScheduledEvent => ({
  id: '1',
  type: 'Preempt',
  status: 'Scheduled',
  machines: ['vm_0'],
  mine: true,
  notBefore: 1_000,
  duration: undefined,
  description: '',
  requestedBy: 'Platform',
  ...more,
});

describe('what an event asks of a node', () => {
  it.each(['Preempt', 'Terminate', 'Reboot', 'Redeploy'])('to leave, before a %s', (type) => {
    expect(demandOf(event({ type }), 2_000)).toBe('leave');
  });

  it('nothing, where it is about other machines, or of a kind that nobody knows yet', () => {
    expect(demandOf(event({ mine: false }), 2_000)).toBe('nothing');
    expect(demandOf(event({ type: 'Repaint' }), 2_000)).toBe('nothing');
  });

  it.each([
    [0, 'nothing'],
    [1_999, 'nothing'],
    [2_000, 'pause'],
    [9_000, 'pause'],
    [undefined, 'pause'],
  ] as const)('before a Freeze of %s ms, where 2 s are noticed: %s', (duration, demand) => {
    expect(demandOf(event({ type: 'Freeze', duration }), 2_000)).toBe(demand);
  });
});

/** `vm/name` for each node. */
function view(self: string, ids: string[], drained: string[], gone: string[] = []): ClusterView {
  const nodes = ids.map((id) => {
    const machine = id.split('/')[0] as string;
    return { id, labels: { 'beethoven.machine': machine } } as unknown as ClusterNode;
  });
  return {
    self,
    nodes,
    isLive: (id) => !gone.includes(id),
    hasDrained: (id) => drained.includes(id),
  };
}

describe('the approval of an event', () => {
  const two = event({ machines: ['VM_0', 'VM_1'] });

  it('is given by the node that is to go', () => {
    expect(turnOf(event(), view('vm_0/a', ['vm_0/a', 'vm_1/b'], []))).toBe('approve');
  });

  it('of several machines is given by the first, when all have handed over', () => {
    const ids = ['vm_0/a', 'vm_1/b', 'vm_2/c'];
    expect(turnOf(two, view('vm_0/a', ids, []))).toBe('wait');
    expect(turnOf(two, view('vm_1/b', ids, []))).toBe('leave-it');
    expect(turnOf(two, view('vm_0/a', ids, ['vm_1/b']))).toBe('approve');
    expect(turnOf(two, view('vm_0/a', ids, [], ['vm_1/b']))).toBe('approve');
  });

  it('is given by the next where the first is gone', () => {
    expect(turnOf(two, view('vm_1/b', ['vm_0/a', 'vm_1/b'], [], ['vm_0/a']))).toBe('approve');
  });

  it('waits for every process of a machine', () => {
    const ids = ['vm_0/b', 'vm_0/a'];
    expect(turnOf(event(), view('vm_0/a', ids, []))).toBe('wait');
    expect(turnOf(event(), view('vm_0/b', ids, []))).toBe('leave-it');
    expect(turnOf(event(), view('vm_0/a', ids, ['vm_0/b']))).toBe('approve');
  });

  it('is never given for a machine that nobody knows', () => {
    expect(turnOf(two, view('vm_0/a', ['vm_0/a'], []))).toBe('wait');
  });

  it('is the turn of one node at most, in any view', () => {
    const nodes = fc.uniqueArray(fc.constantFrom('vm_0/a', 'vm_0/b', 'vm_1/a', 'vm_2/a', 'vm_1/c'));
    fc.assert(
      fc.property(nodes, fc.subarray(['vm_0', 'vm_1', 'vm_2']), (ids, machines) => {
        const turns = ids
          .filter((id) => machines.includes(id.slice(0, 4)))
          .map((self) => turnOf(event({ machines }), view(self, ids, [...ids])));
        expect(turns.filter((turn) => turn !== 'leave-it').length).toBe(turns.length === 0 ? 0 : 1);
      }),
    );
  });
});
