import { describe, it } from 'vitest';
import { simulate } from '../simulation.js';

describe('a node that was stalled and decides for a table', () => {
  // It decided, with the first thing that it heard, what it had been asked before others decided in its place: one slot had two holders.
  it('hears the others first when it wakes', async () => {
    await simulate({
      seed: 8_000_773,
      nodes: 5,
      spread: 0,
      steps: [
        [0, { kind: 'partition', sides: [[4, 5], [1], [2]], for: 800 }],
        [3, { kind: 'pause', node: 1, for: 12_898 }],
        [268, { kind: 'partition', sides: [[1, 3, 4]], for: 1_215 }],
        [39, { kind: 'upgrade', node: 1 }],
        [131, { kind: 'release', node: 4, role: 'daemon' }],
        [308, { kind: 'start', node: 7 }],
        [7_235, { kind: 'block', node: 4, to: [2, 4, 5, 1], for: 31_979 }],
      ],
    });
  });
});
