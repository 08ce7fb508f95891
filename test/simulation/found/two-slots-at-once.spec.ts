import { it } from 'vitest';
import { simulate } from '../simulation.js';

// n4 had claimed a slot of the role, and was not told in time that it had won, when n3 handed it another.
it('a node to which two slots of a role come stops on one before it starts on the other', async () => {
  await simulate({
    seed: 300183,
    nodes: 4,
    spread: 292,
    steps: [
      [47, { kind: 'partition', sides: [[2], [1], [3]], for: 5841 }],
      [512, { kind: 'crash', node: 4 }],
      [527, { kind: 'start', node: 4 }],
      [
        3669,
        {
          kind: 'weather',
          is: { latency: { median: 2, p99: 80 }, loss: 0.1, reordering: 0.1, duplication: 0 },
        },
      ],
      [1155, { kind: 'terminate', node: 3 }],
    ],
  });
});
