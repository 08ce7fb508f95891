import { it } from 'vitest';
import { simulate } from '../simulation.js';

// Seed 10001286: the new connection joined the link that the other side still had, and the side that had begun anew was never told which tables there are.
it('a link that one side has ended and begun again is another one for the other side too', async () => {
  await simulate({
    seed: 10_001_286,
    nodes: 7,
    spread: 654,
    steps: [
      [4_077, { kind: 'isolate', node: 7, for: 8_000 }],
      [93, { kind: 'signal', node: 9, value: 42 }],
      [1_457, { kind: 'count', node: 4, counter: 'b' }],
      [35, { kind: 'clock', node: 6, offset: 0, drift: 10_000 }],
      [2_216, { kind: 'order', node: 5 }],
    ],
  });
});
