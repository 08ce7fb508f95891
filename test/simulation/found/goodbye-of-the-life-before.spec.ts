import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 14001040: who wakes has heard of a third life before it takes in the hello, and the goodbye, of the second.
it('the goodbye of one life is not taken for that of the next by who was stalled', async () => {
  await simulate({
    seed: 14_001_040,
    nodes: 7,
    splitBrain: { strategy: 'static-quorum', quorumSize: 4 },
    spread: 0,
    steps: [
      [4, { kind: 'upgrade', node: 1 }],
      [313, { kind: 'start', node: 7 }],
      [38, { kind: 'pause', node: 6, for: 11_343 }],
      [1_843, { kind: 'release', node: 7, role: 'poller' }],
      [494, { kind: 'count', node: 9, counter: 'a' }],
      [81, { kind: 'upgrade', node: 4 }],
      [264, { kind: 'upgrade', node: 4 }],
    ],
  });
});
