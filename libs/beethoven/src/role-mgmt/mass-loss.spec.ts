import { describe, expect, it } from 'vitest';
import type { ClusterNode, MembershipEvent } from '../core-server/cluster-node.js';
import { MASS_LOSS_WAIT, MassLoss } from './mass-loss.js';

const STATUSES = { suspected: 'suspect', down: 'down', left: 'left', recovered: 'alive' } as const;

/** A node of a cluster of so many, and what it hears of the others. */
function setUp(members: number) {
  let live = members;
  const loss = new MassLoss(() => live);
  const hear = (at: number, type: keyof typeof STATUSES, ...ids: string[]): void => {
    for (const id of ids) {
      if (type === 'down' || type === 'left') live--;
      const node = { id, status: STATUSES[type] } as ClusterNode;
      loss.heard({ type, node, at } satisfies MembershipEvent);
    }
  };
  return { loss, hear };
}

describe('what was held by nodes that fell silent', () => {
  it('waits for a moment after the last of them, where they are more than half of the cluster', () => {
    const { loss, hear } = setUp(5);
    hear(0, 'suspected', 'a', 'b', 'c');
    hear(100, 'down', 'a');
    expect(loss.claimableAt(100, 'a')).toBe(100 + MASS_LOSS_WAIT);
    hear(300, 'down', 'b');
    expect(loss.claimableAt(300, 'a')).toBe(300 + MASS_LOSS_WAIT);
  });

  it('waits for nothing where they are half, or fewer', () => {
    for (const [members, silent] of [
      [2, ['a']],
      [4, ['a', 'b']],
      [5, ['a', 'b']],
    ] as const) {
      const { loss, hear } = setUp(members);
      hear(0, 'suspected', ...silent);
      hear(100, 'down', ...silent);
      expect(loss.claimableAt(100, 'a')).toBe(0);
    }
  });

  it('waits for nothing once the others have been heard again', () => {
    const { loss, hear } = setUp(5);
    hear(0, 'suspected', 'a', 'b', 'c');
    hear(100, 'down', 'a');
    hear(200, 'recovered', 'b');
    expect(loss.claimableAt(200, 'a')).toBe(0);
  });

  it('waits for nothing where they are known to be gone: nobody listens there, or they said so', () => {
    const { loss, hear } = setUp(5);
    hear(0, 'down', 'a', 'b', 'c');
    hear(0, 'left', 'd');
    for (const id of ['a', 'b', 'c', 'd']) expect(loss.claimableAt(0, id)).toBe(0);
  });

  it('does not wait for one that is known to be gone, whoever is silent besides', () => {
    const { loss, hear } = setUp(5);
    hear(0, 'suspected', 'b', 'c', 'd');
    hear(100, 'down', 'a', 'b', 'c');
    expect(loss.claimableAt(100, 'a')).toBe(0);
    expect(loss.claimableAt(100, 'b')).toBe(100 + MASS_LOSS_WAIT);
  });

  it('is not added up over the hours', () => {
    const { loss, hear } = setUp(6);
    for (const [hour, id] of ['a', 'b', 'c', 'd'].entries()) {
      hear(hour * 3_600_000, 'suspected', id);
      hear(hour * 3_600_000, 'down', id);
      expect(loss.claimableAt(hour * 3_600_000, id)).toBe(0);
    }
  });
});
