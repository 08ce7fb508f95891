import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 13009088: all its threads had stood still, so that nobody had counted a stall, and the first thing that it did was to hand over, as it believed, its slots.
it('a node that was stopped with all of its threads hands over nothing that others have taken since', async () => {
  await simulate({
    seed: 13_009_088,
    nodes: 3,
    spread: 1_223,
    steps: [
      [2, { kind: 'start', node: 4 }],
      [682, { kind: 'block', node: 4, to: [3, 1], for: 8_000 }],
      [1, { kind: 'partition', sides: [[1, 2, 3]], for: 800 }],
      [11, { kind: 'block', node: 1, to: [1], for: 1 }],
      [4, { kind: 'freeze', node: 4, for: 992 }],
      [2, { kind: 'order', node: 1 }],
      [304, { kind: 'pause', node: 4, for: 1_908 }],
      [49, { kind: 'crash', node: 4 }],
      [12, { kind: 'freeze', node: 1, for: 9_084 }],
      [57, { kind: 'partition', sides: [[1]], for: 6_648 }],
      [2_540, { kind: 'upgrade', node: 1 }],
      [43, { kind: 'put', node: 3, key: 'b' }],
    ],
  });
});
