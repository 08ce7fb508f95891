import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { TableWorld, type TableNode } from './replicator.fixture.js';

/** Three nodes with a hundred rows; the third is cut off while the others delete them all and forget that they have. */
function away() {
  const world = new TableWorld(new SeededRandom(1));
  const [a, b, c] = ['a', 'b', 'c'].map((name) => world.start(name)) as [
    TableNode,
    TableNode,
    TableNode,
  ];
  for (let i = 0; i < 100; i++) a.put({ id: i });
  world.settle();
  world.cut(a, c);
  world.cut(b, c);
  for (let i = 0; i < 100; i++) b.delete(i);
  b.put({ id: 'kept' });
  for (let round = 0; round < 20; round++) {
    world.now += 2_000;
    for (const node of [a, b]) {
      node.replicator.flush();
      node.replicator.tidy(node.now);
    }
    world.deliverAll();
  }
  expect([a.table.tombstones, b.table.tombstones, c.table.size]).toEqual([0, 0, 100]);
  const back = (): void => {
    world.link(a, c);
    world.link(b, c);
    world.settle();
  };
  return { world, a, b, c, back };
}

describe('a node that was away for longer than tombstones are kept', () => {
  it('brings back no row that was deleted meanwhile', () => {
    const { a, b, c, back } = away();
    back();
    for (const { table } of [a, b, c]) expect([...table.rows()]).toEqual([{ id: 'kept' }]);
  });

  it('hears of each of those as a deletion', () => {
    const { c, back } = away();
    c.changes.length = 0;
    back();
    expect(c.changes.filter(({ row }) => row === undefined)).toHaveLength(100);
  });

  it('loses nothing that it wrote itself while it was away', () => {
    const { a, b, c, back } = away();
    c.put({ id: 'own' });
    c.put({ id: 7, again: true });
    back();
    for (const { table } of [a, b, c]) {
      const rows = [...table.rows()].map(({ id }) => String(id)).toSorted();
      expect(rows).toEqual(['7', 'kept', 'own']);
    }
  });

  it('brings nothing back from the dead, whatever was written on both sides meanwhile', () => {
    const write = fc.tuple(fc.boolean(), fc.nat(9), fc.boolean());
    fc.assert(
      fc.property(fc.array(write), fc.array(write), (early, late) => {
        const { a, b, c, back } = away();
        const ownKeys = new Set<number>();
        for (const [isAway, n, isPut] of [...early, ...late]) {
          const node = isAway ? c : b;
          if (isPut) node.put({ id: n, by: node.name });
          else node.delete(n);
          if (isAway) ownKeys.add(n);
        }
        const gone = Array.from({ length: 100 }, (_, n) => n).filter(
          (n) => !ownKeys.has(n) && b.table.get(n) === undefined,
        );
        back();
        for (const { table } of [a, b, c])
          for (const n of gone) expect(table.get(n)).toBeUndefined();
        for (const other of [b, c]) expect(other.contents()).toBe(a.contents());
      }),
    );
  });
});
