import { it } from 'vitest';
import { simulate } from '../simulation.js';

// n4 woke, and the first of what had piled up for it was the claim of a node that had left meanwhile.
it('a voter that wakes does not refuse the holder for the sake of one that has gone', async () => {
  await simulate({
    seed: 15_009_718,
    nodes: 6,
    splitBrain: { strategy: 'static-quorum', quorumSize: 5 },
    spread: 0,
    steps: [
      [15, { kind: 'sabotage', node: 2, role: 'vault', times: 2 }],
      [0, { kind: 'freeze', node: 2, for: 2_786 }],
      [342, { kind: 'signal', node: 2, value: 0 }],
      [123, { kind: 'freeze', node: 4, for: 100 }],
      [
        6,
        {
          kind: 'weather-from',
          node: 6,
          is: { latency: [5, 40], loss: 0.3, reordering: 0.1, duplication: 0 },
        },
      ],
      [516, { kind: 'count', node: 1, counter: 'c' }],
      [29, { kind: 'put', node: 4, key: 'b' }],
      [652, { kind: 'swizzle', nodes: [4, 5, 6, 2, 1], for: 9_451 }],
      [37, { kind: 'terminate', node: 1 }],
      [46, { kind: 'block', node: 1, to: [6, 3, 2, 5], for: 38_722 }],
    ],
  });
});
