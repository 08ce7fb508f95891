import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { TableWorld, type TableNode } from './replicator.fixture.js';

/** Three copies that agree; what the first writes has come to the second, and is on its way to the third. */
function onItsWay() {
  const world = new TableWorld(new SeededRandom(1));
  const [a, b, c] = ['a', 'b', 'c'].map((name) => world.start(name)) as [
    TableNode,
    TableNode,
    TableNode,
  ];
  a.put({ id: 'old' });
  world.settle();
  world.now += 2_000;
  a.put({ id: 'new' });
  a.replicator.flush();
  world.stepFrom(a, b);
  /** The third compares with both of the others. */
  const compare = (): void => {
    while (world.underway(c, a) === 0 || world.underway(c, b) === 0) c.replicator.tidy(c.now);
    while (world.stepFrom(c, b)) continue;
  };
  return { world, a, b, c, compare };
}

describe('a copy that has seen what another had seen a moment before', () => {
  it('is not told of what is on its way to it', () => {
    const { world, b, c, compare } = onItsWay();
    compare();
    expect(world.underway(b, c)).toBe(0);
    world.deliverAll();
    expect(c.rows()).toHaveLength(2);
  });

  it('is told of it where it has not come by the next comparison', () => {
    const { world, a, c, compare } = onItsWay();
    compare();
    world.loseFrom(a, c);
    world.now += 2_000;
    compare();
    world.deliverAll();
    expect(c.rows()).toHaveLength(2);
  });

  it('is told of it at once where it lacks more', () => {
    const { world, a, b, compare } = onItsWay();
    a.put({ id: 'newer' });
    a.replicator.flush();
    world.now += 501;
    world.stepFrom(a, b);
    compare();
    expect(world.underway(b, world.nodes[2]!)).toBeGreaterThan(0);
  });
});
