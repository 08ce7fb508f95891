import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 700025: heartbeats went on as datagrams, so that nobody was suspected, and nothing that was said over the link arrived any more.
it('a link that has died without a word is replaced', async () => {
  await simulate({
    seed: 700025,
    nodes: 3,
    splitBrain: { strategy: 'static-quorum', quorumSize: 3 },
    spread: 73,
    steps: [[15, { kind: 'forget', node: 3, to: [2], answer: 'silence' }]],
  });
});
