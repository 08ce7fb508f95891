import { describe, expect, it } from 'vitest';
import { LEASE, MAX_DRIFT, PROMISE } from './lease-times.js';
import { World } from './quorum.fixture.js';

describe('a slot under a static quorum', () => {
  it.each([2, 3, 4, 5])(
    'of %i has one holder at most, whatever happens to clocks, messages and processes',
    (size) => {
      let won = 0;
      for (let seed = 1; seed <= 20; seed++) {
        const world = new World(seed, size);
        for (let step = 0; step < 800; step++) world.step();
        won += world.won;
      }
      // It was held, lost and taken again: nobody holding anything would prove nothing.
      expect(won).toBeGreaterThan(50);
    },
  );

  it('is promised for longer than it is held, by the slowest clock and the fastest', () => {
    expect(PROMISE / (1 + MAX_DRIFT)).toBeGreaterThanOrEqual(LEASE / (1 - MAX_DRIFT));
  });
});

describe('a slot under the majority', () => {
  it.each([2, 3, 4, 5])(
    'of %i has one holder at most, while voters come, go, and come back as others',
    (size) => {
      let won = 0;
      let changes = 0;
      for (let seed = 1; seed <= 20; seed++) {
        const world = new World(seed, size, 'keep-majority');
        for (let step = 0; step < 800; step++) world.step();
        won += world.won;
        changes += world.changes;
      }
      expect(won).toBeGreaterThan(20);
      expect(changes).toBeGreaterThan(50);
    },
  );
});
