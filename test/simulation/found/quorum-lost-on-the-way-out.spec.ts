import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 2000239: a leaving voter waited a second, where the change before it had to stand for two. One of two voters was gone then.
it('voters that leave one soon after the other leave a majority behind', async () => {
  await simulate({
    seed: 2000239,
    nodes: 3,
    splitBrain: { strategy: 'keep-majority' },
    spread: 0,
    steps: [
      [1891, { kind: 'terminate', node: 2 }],
      [153, { kind: 'start', node: 4 }],
      [675, { kind: 'upgrade', node: 1 }],
      [2, { kind: 'start', node: 2 }],
    ],
  });
});

// Seed 2000236: the slot was given to a node that could not claim it, and was listed as its own for ever.
it("a slot that is given to a node without a quorum is nobody's", async () => {
  await simulate({
    seed: 2000236,
    nodes: 5,
    splitBrain: { strategy: 'static-quorum', quorumSize: 4 },
    spread: 12,
    steps: [
      [34, { kind: 'block', node: 5, to: [1], for: 3260 }],
      [86, { kind: 'crash', node: 5 }],
      [1910, { kind: 'crash', node: 4 }],
      [15, { kind: 'swizzle', nodes: [2, 3], for: 21774 }],
      [60, { kind: 'terminate', node: 3 }],
      [51, { kind: 'forget', node: 1, to: [1, 5, 4], answer: 'reset' }],
    ],
  });
});
