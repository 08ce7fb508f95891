import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StaticQuorum } from './static-quorum.js';

describe('a static quorum', () => {
  it('is so many voters as it was told', () => {
    const rule = new StaticQuorum(3, () => 2);
    expect([2, 3].map((size) => rule.isQuorum({ size }))).toEqual([false, true]);
  });

  it('leaves no room for a second one beside it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(100), (quorumSize, members) => {
        const rule = new StaticQuorum(quorumSize, () => members);
        expect(2 * rule.size).toBeGreaterThan(Math.max(members, 2 * quorumSize - 1));
      }),
    );
  });

  it('is outgrown by twice as many members', () => {
    expect([3, 4].map((members) => new StaticQuorum(2, () => members).isOutgrown)).toEqual([
      false,
      true,
    ]);
  });
});
