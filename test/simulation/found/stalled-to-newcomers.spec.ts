import { describe, it } from 'vitest';
import { simulate } from '../simulation.js';

describe('a node whose main thread is blocked', () => {
  // Its heartbeat thread answered those alone that it knew, and of newcomers it cannot know.
  it.each([1, 2, 3])(
    'is not down to those that came since, when nobody is left who knew it before (seed %i)',
    async (seed) => {
      await simulate({
        seed,
        nodes: 2,
        spread: 0,
        steps: [
          [5_000, { kind: 'pause', node: 1, for: 20_000 }],
          [1_000, { kind: 'start', node: 3 }],
          [2_000, { kind: 'crash', node: 2 }],
        ],
      });
    },
  );
});
