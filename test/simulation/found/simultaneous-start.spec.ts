import { describe, it } from 'vitest';
import { simulate } from '../simulation.js';

describe('nodes that start in the same instant', () => {
  // Two of them met, and assigned every role, before they met the other two, which had done the same.
  it.each([2042, 2113, 2147, 2202, 2248])(
    'assign each role once, whoever meets whom first (seed %i)',
    async (seed) => {
      await simulate({ seed, nodes: 4, spread: 0, steps: [] });
    },
  );

  it('join a cluster without taking what it has', async () => {
    await simulate({
      seed: 7,
      nodes: 2,
      spread: 0,
      steps: [
        [4_000, { kind: 'start', node: 3 }],
        [0, { kind: 'start', node: 4 }],
        [0, { kind: 'start', node: 5 }],
      ],
    });
  });
});
