import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { TableWorld } from './replicator.fixture.js';
import type { TransactionView } from './transaction-view.js';

const heavy = 'x'.repeat(10_000);

/** A node with so many rows, and one that has just been linked to it. */
function elderAndYounger(rows: number) {
  const world = new TableWorld(new SeededRandom(1));
  const elder = world.start('elder');
  for (let i = 0; i < rows; i++) elder.put({ id: i, heavy });
  const younger = world.start('younger');
  return { world, elder, younger };
}

describe('what a copy lacks', () => {
  it('comes in chunks, a few at a time', () => {
    const { world, elder, younger } = elderAndYounger(1_000);
    let most = 0;
    do most = Math.max(most, world.underway(elder, younger));
    while (world.step(0));
    expect(younger.table.contents).toBe(elder.table.contents);
    expect(world.chunks).toBeGreaterThan(30);
    expect(most).toBeLessThan(8);
  });

  it('is the newest there is when its chunk leaves, and never goes back', () => {
    const { world, elder, younger } = elderAndYounger(1_000);
    for (let i = 0; world.step(i); i++) {
      if (i % 5 === 0) {
        elder.put({ id: (i * 7) % 1_000, again: i });
        elder.replicator.flush();
      }
      if (i % 7 === 0) elder.delete((i * 11) % 1_000);
      for (const { old, row } of younger.changes.splice(0)) {
        if (old?.['again'] !== undefined)
          expect(Number(row?.['again'] ?? Infinity)).toBeGreaterThan(Number(old['again']));
      }
    }
    elder.replicator.flush();
    world.deliverAll();
    expect(younger.table.contents).toBe(elder.table.contents);
  });

  it('is not known to be complete before it is', () => {
    const { world, elder, younger } = elderAndYounger(200);
    world.stepFrom(elder, younger);
    world.stepFrom(younger, elder);
    while (younger.table.size < 200) {
      expect(younger.replicator.exchanged().has('elder')).toBe(false);
      world.step(0);
    }
    world.deliverAll();
    expect(younger.replicator.exchanged().has('elder')).toBe(true);
  });

  it('comes again where a chunk was lost', () => {
    const { world, elder, younger } = elderAndYounger(500);
    world.stepFrom(younger, elder);
    world.stepFrom(elder, younger);
    world.loseFrom(elder, younger);
    world.deliverAll();
    expect(younger.table.size).toBeLessThan(500);
    world.settle();
    expect(younger.table.contents).toBe(elder.table.contents);
  });

  it('comes from another copy when the first dies on the way', () => {
    const { world, elder, younger } = elderAndYounger(500);
    const third = world.start('third');
    while (third.table.size < 500) {
      world.stepFrom(elder, third);
      world.stepFrom(third, elder);
    }
    world.deliverAll();
    const fourth = world.start('fourth');
    for (let i = 0; i < 3; i++) world.stepFrom(fourth, elder);
    for (let i = 0; i < 3; i++) world.stepFrom(elder, fourth);
    world.crash(elder);
    world.settle();
    expect(fourth.table.contents).toBe(third.table.contents);
    expect(younger.table.size).toBe(500);
  });

  it('does not bring rows back of whose deletion the sender learns on the way', () => {
    const world = new TableWorld(new SeededRandom(1));
    const [a, b] = [world.start('a'), world.start('b')];
    for (let i = 0; i < 500; i++) a.put({ id: i, heavy });
    a.replicator.flush();
    world.deliverAll();
    world.cut(a, b);
    b.delete(499);
    world.settle(1);
    const newcomer = world.start('newcomer');
    world.cut(newcomer, b);
    for (let i = 0; i < 3; i++) world.stepFrom(newcomer, a);
    world.stepFrom(a, newcomer);
    world.link(a, b);
    while (world.stepFrom(a, b) || world.stepFrom(b, a)); // a learns of it
    expect(a.table.get(499)).toBeUndefined();
    world.link(b, newcomer);
    world.settle();
    for (const { table } of world.nodes) expect(table.size).toBe(499);
  });
});

describe('a newcomer', () => {
  it('holds up no transaction while its copy is in the making', async () => {
    const { world, elder, younger } = elderAndYounger(1_000);
    world.stepFrom(younger, elder); // it has the table
    let rowsThen: number | undefined;
    const write = (view: TransactionView): void => view.write({ key: 'new', row: { id: 'new' } });
    void elder.transaction(write).then(() => (rowsThen = younger.table.size));
    while (world.stepFrom(elder, younger) || world.stepFrom(younger, elder)) {
      world.stepFrom(younger, elder);
      // oxlint-disable-next-line no-await-in-loop -- lets the promise of the transaction resolve
      await Promise.resolve();
    }
    expect(rowsThen).toBeLessThan(1_000);
    expect(younger.table.contents).toBe(elder.table.contents);
    expect(younger.table.get('new')).toEqual({ id: 'new' });
  });
});

describe('a copy that does not keep up', () => {
  it('is sent nothing more until it is compared with, and then as much as it takes in', () => {
    const world = new TableWorld(new SeededRandom(1));
    const [a, b] = [world.start('a'), world.start('b')];
    world.deliverAll();
    world.capacity = 10;
    const put = (id: number): void => {
      a.put({ id });
      a.replicator.flush();
    };
    for (let id = 0; id < 100; id++) put(id);
    expect(world.underway(a, b)).toBe(10);
    world.stepFrom(a, b);
    put(100);
    expect(world.underway(a, b)).toBe(9);
    world.settle();
    expect(b.table.size).toBe(101);
    put(101);
    world.deliverAll();
    expect(b.table.size).toBe(102);
  });
});

describe('a batch that was lost', () => {
  it('is asked for as soon as the next one comes', () => {
    const world = new TableWorld(new SeededRandom(1));
    const [a, b] = [world.start('a'), world.start('b')];
    world.deliverAll();
    for (const id of ['lost', 'next']) {
      a.put({ id });
      a.replicator.flush();
      if (id === 'lost') world.loseFrom(a, b);
    }
    world.deliverAll();
    expect(b.table.size).toBe(2);
  });

  it('is not waited for when its writer died: what came after it counts as new', () => {
    const world = new TableWorld(new SeededRandom(1));
    const [a, b, c] = [world.start('a'), world.start('b'), world.start('c')];
    a.put({ id: 'deleted' });
    a.replicator.flush();
    world.deliverAll();
    a.put({ id: 'lost' });
    a.replicator.flush();
    world.drop();
    a.put({ id: 'kept' });
    a.delete('deleted');
    a.replicator.flush();
    world.stepFrom(a, b);
    world.crash(a);
    world.settle();
    for (const node of [b, c]) {
      expect(node.rows()).toEqual([{ id: 'kept' }]);
      expect(node.table.tombstones).toBe(0);
    }
  });
});
