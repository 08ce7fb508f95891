import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 11000736: so many datagrams had been late that the beats went over the link, where a blocked main thread neither sent nor answered them.
it('a node that stalls after bad weather is not down to those that had its beats over the link', async () => {
  await simulate({
    seed: 11_000_736,
    nodes: 3,
    splitBrain: { strategy: 'keep-majority' },
    spread: 0,
    steps: [
      [30, { kind: 'start', node: 1 }],
      [6, { kind: 'terminate', node: 3 }],
      [447, { kind: 'terminate', node: 3 }],
      [
        4_927,
        {
          kind: 'weather',
          is: { latency: [100, 300], loss: 0.1, reordering: 0.1, duplication: 0 },
        },
      ],
      [3_217, { kind: 'order', node: 3 }],
      [471, { kind: 'put', node: 1, key: 'a' }],
      [1, { kind: 'count', node: 2, counter: 'a' }],
      [170, { kind: 'partition', sides: [[3], [1, 2]], for: 5_416 }],
      [412, { kind: 'order', node: 5 }],
      [1, { kind: 'isolate', node: 4, for: 35_341 }],
      [0, { kind: 'pause', node: 1, for: 6_623 }],
    ],
  });
});
