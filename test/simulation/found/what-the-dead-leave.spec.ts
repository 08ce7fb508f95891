import { describe, it } from 'vitest';
import { simulate } from '../simulation.js';

const STORM = { latency: [100, 300], loss: 0.3, reordering: 0, duplication: 0 } as const;

describe('a node that was gone before others had started their roles', () => {
  it('leaves no offer behind', async () => {
    await simulate({
      seed: 7_002_935,
      nodes: 3,
      spread: 0,
      steps: [
        [1, { kind: 'freeze', node: 1, for: 1_000 }],
        [1, { kind: 'crash', node: 3 }],
      ],
    });
  });
});

describe('a link to a member that is down', () => {
  // No heartbeat is asked about it, so the end of its machine was noticed by nobody.
  it.each([61, 71, 91, 251])('ends when its machine loses its power (seed %i)', async (seed) => {
    await simulate({
      seed,
      nodes: 5,
      splitBrain: { strategy: 'static-quorum', quorumSize: 3 },
      spread: 530,
      steps: [
        [1_276, { kind: 'start', node: 1 }],
        [1_487, { kind: 'block', node: 4, to: [2], for: 569 }],
        [60, { kind: 'isolate', node: 2, for: 3_588 }],
        [426, { kind: 'weather', is: STORM }],
        [16, { kind: 'put', node: 4, key: 'c' }],
        [11, { kind: 'crash', node: 4 }],
        [50, { kind: 'clock', node: 7, offset: 1, drift: -34 }],
        [503, { kind: 'weather-from', node: 1, is: { ...STORM, loss: 0.01 } }],
        [3_800, { kind: 'power-cut', nodes: [2, 5, 3, 4] }],
        [53, { kind: 'upgrade', node: 2 }],
        [435, { kind: 'start', node: 1 }],
        [2_120, { kind: 'terminate', node: 2 }],
        [68, { kind: 'start', node: 6 }],
        [54, { kind: 'count', node: 5, counter: 'a' }],
      ],
    });
  });
});
