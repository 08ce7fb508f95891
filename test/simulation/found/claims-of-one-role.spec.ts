import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 700006: once the electorate had settled, every node claimed both slots of a role, found that it had claimed one too many, and
// handed over what it did not have, again and again in one turn of its event loop.
it('a node claims one slot of a quorum role at a time, and its event loop goes on', async () => {
  await simulate({
    seed: 700006,
    nodes: 7,
    splitBrain: { strategy: 'keep-majority' },
    spread: 808,
    steps: [],
  });
});
