import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 2000547: its application went on with its start, listened, and was linked with.
it('a process that is killed in the instant of its start is dead', async () => {
  await simulate({
    seed: 2000547,
    nodes: 4,
    spread: 0,
    steps: [
      [0, { kind: 'upgrade', node: 2 }],
      [1, { kind: 'terminate', node: 2 }],
    ],
  });
});
