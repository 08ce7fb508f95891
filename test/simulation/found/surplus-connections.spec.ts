import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 20011452: two nodes called each other at once as the isolation of one ended, and the law did not wait until the surplus connection was one for both.
it('of two connections that were made at once one stays', async () => {
  await simulate({
    seed: 20_011_452,
    nodes: 5,
    splitBrain: { strategy: 'static-quorum', quorumSize: 3 },
    spread: 0,
    steps: [
      [5_801, { kind: 'drain', node: 6 }],
      [0, { kind: 'upgrade', node: 1 }],
      [0, { kind: 'isolate', node: 3, for: 1_852 }],
      [
        728,
        {
          kind: 'weather-from',
          node: 4,
          is: { latency: { median: 2, p99: 80 }, loss: 0.1, reordering: 0, duplication: 0.1 },
        },
      ],
      [2, { kind: 'isolate', node: 6, for: 70 }],
      [552, { kind: 'start', node: 2 }],
      [4_245, { kind: 'block', node: 5, to: [1, 5], for: 4_644 }],
      [64, { kind: 'start', node: 7 }],
    ],
  });
});
