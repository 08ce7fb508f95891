import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 3001095: nobody who stayed could take them out, so the last of them left its electorate a voter that was never to come back.
it('an electorate whose voters all leave is no burden for who starts meanwhile', async () => {
  await simulate({
    seed: 3001095,
    nodes: 3,
    splitBrain: { strategy: 'keep-majority' },
    spread: 0,
    steps: [
      [1854, { kind: 'terminate', node: 2 }],
      [388, { kind: 'terminate', node: 3 }],
      [2, { kind: 'upgrade', node: 1 }],
    ],
  });
});
