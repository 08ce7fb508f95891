import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Chance let two of twelve copies wait for 150 s until they were compared with each other.
it('many copies forget what was deleted soon after they have become one', async () => {
  await simulate({
    seed: 15_013_775,
    nodes: 12,
    splitBrain: { strategy: 'keep-majority' },
    spread: 3,
    steps: [
      [2_951, { kind: 'swizzle', nodes: [1], for: 8_000 }],
      [34, { kind: 'terminate', node: 14 }],
      [240, { kind: 'noise', node: 2, says: [] }],
      [
        1_663,
        {
          kind: 'partition',
          sides: [
            [2, 6, 9],
            [3, 5, 7, 10],
          ],
          for: 16_098,
        },
      ],
      [0, { kind: 'pause', node: 14, for: 7_467 }],
      [56, { kind: 'upgrade', node: 13 }],
      [29, { kind: 'sabotage', node: 7, role: 'report', times: 1 }],
      [184, { kind: 'crash', node: 11 }],
      [0, { kind: 'isolate', node: 12, for: 6_606 }],
      [2, { kind: 'freeze', node: 14, for: 52_138 }],
      [5_089, { kind: 'isolate', node: 13, for: 3_618 }],
      [0, { kind: 'order', node: 1 }],
      [697, { kind: 'crash', node: 3 }],
    ],
  });
});
