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

// n3 and n6 had nothing to say to each other for ten seconds, so nobody missed their link before the goodbye was lost on it.
it('a goodbye may be lost on a link that has died without a word, and nothing else follows from it', async () => {
  await simulate({
    seed: 18_013_481,
    nodes: 6,
    splitBrain: { strategy: 'keep-all' },
    spread: 0,
    steps: [
      [12, { kind: 'forget', node: 3, to: [6, 4], answer: 'reset' }],
      [4_932, { kind: 'pause', node: 7, for: 1_000 }],
      [56, { kind: 'order', node: 1 }],
      [5_190, { kind: 'delete', node: 1, key: 'b' }],
      [28, { kind: 'clock', node: 1, offset: 0, drift: -127 }],
      [32, { kind: 'drain', node: 3 }],
      [
        2,
        {
          kind: 'partition',
          sides: [
            [1, 2, 3, 4],
            [5, 6],
          ],
          for: 5_329,
        },
      ],
      [52, { kind: 'partition', sides: [[1, 2, 3], [5]], for: 189 }],
      [4_451, { kind: 'heal' }],
      [595, { kind: 'heal' }],
    ],
  });
});
