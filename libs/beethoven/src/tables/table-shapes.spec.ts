import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { compareKeys } from '../protocol/tables/key-order.js';
import type { Key } from '../protocol/tables/row.js';
import { TablesWorld, type TablesNode } from './table.fixture.js';
import type { Bag, Rows, Table } from './table.js';

beforeEach(() => Logger.overrideLogger(false));

interface Item {
  readonly id: Key;
  readonly tag?: string | number | null | undefined;
  readonly n?: number | undefined;
}

const ITEMS = { key: 'id', columns: ['id', 'tag', 'n'], indexes: ['tag'] } as const;
const openSet = ({ tables }: TablesNode): Table<Item> =>
  tables.open<Item>({ name: 'items', ...ITEMS });
const openOrdered = ({ tables }: TablesNode): Table<Item> =>
  tables.open<Item>({ name: 'ordered', type: 'ordered_set', ...ITEMS });
const openBag = ({ tables }: TablesNode): Bag<Item> =>
  tables.open<Item>({ name: 'bag', type: 'bag', ...ITEMS });

const TAGS = ['red', 'blue', 1, null, undefined];
const item = fc.record({
  id: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('a', 'b', 'c', '1')),
  tag: fc.constantFrom(...TAGS),
  n: fc.constantFrom(0, 1, undefined),
});
const step = fc.record({
  act: fc.constantFrom('put', 'put', 'put', 'delete', 'transaction', 'wait', 'part', 'heal'),
  node: fc.nat(2),
  item,
});
const script = fc.array(step, { maxLength: 40, size: 'max' });

const textOf = (rows: Iterable<Item>): string[] =>
  Array.from(rows, ({ id, tag = 'none', n }) => JSON.stringify([id, tag, n])).toSorted();

/** Everything that can be asked gives what a look at every row gives. */
function expectConsistent(rows: Rows<Item>): void {
  const all = [...rows.rows()];
  expect(all).toHaveLength(rows.size);
  for (const tag of TAGS) {
    const found = tag === undefined ? [] : all.filter((row) => row.tag === tag);
    expect(textOf(rows.byIndex('tag', tag))).toEqual(textOf(found));
    for (const n of [0, undefined]) {
      const both = all.filter((row) => row.tag === tag && row.n === n);
      expect(textOf(rows.select({ tag, n }))).toEqual(textOf(both));
      expect(textOf(rows.select((row) => row.tag === tag && row.n === n))).toEqual(textOf(both));
    }
  }
}

async function play<T extends Rows<Item> & Pick<Table<Item>, 'put' | 'delete'>>(
  open: (node: TablesNode) => T,
  steps: readonly { act: string; node: number; item: Item }[],
  increment: (table: T, row: Item) => Promise<unknown>,
  check: (table: T) => void,
): Promise<void> {
  const world = new TablesWorld();
  const nodes = await world.cluster(3);
  const tables = nodes.map(open);
  await world.timeline.advance(50);
  for (const { act, node, item: row } of steps) {
    const table = tables[node]!;
    if (act === 'put') table.put(row);
    else if (act === 'delete') table.delete(row.id);
    else if (act === 'transaction') increment(table, row).catch(() => undefined);
    else if (act === 'part') {
      const [a, b, c] = nodes.map(({ process }) => process);
      world.network.partition([a!], [b!, c!]);
    } else if (act === 'heal') world.network.heal();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    else await world.timeline.advance(3);
    for (const each of tables) check(each);
  }
  world.network.heal();
  nodes[0]!.seek(nodes[1]!);
  await world.timeline.advance(30_000);
  for (const each of tables) {
    check(each);
    expect(textOf(each.rows())).toEqual(textOf(tables[0]!.rows()));
  }
}

describe('the indexes of a table', () => {
  it('are what a full scan finds after any local and remote writes', async () => {
    await fc.assert(
      fc.asyncProperty(script, (steps) =>
        play(
          openSet,
          steps,
          (table, row) => table.transaction((tx) => tx.put({ ...row, n: 1 })),
          expectConsistent,
        ),
      ),
      { numRuns: 15 },
    );
  });

  it('have only columns that were named', async () => {
    const table = openSet(await new TablesWorld().start('a'));
    expect(() => table.byIndex('n', 1)).toThrow(/column "n" has no index.*indexes/);
    expect(() => table.select({ colour: 'red' } as never)).toThrow(/no column "colour"/);
  });

  it('compare nested values by their content', async () => {
    const { tables } = await new TablesWorld().start('a');
    const table = tables.open<{ id: number; at: readonly number[] }>({
      name: 'points',
      key: 'id',
      columns: ['id', 'at'],
    });
    table.put({ id: 1, at: [1, 2] });
    table.put({ id: 2, at: [2, 1] });
    expect(table.select({ at: [2, 1] })).toEqual([{ id: 2, at: [2, 1] }]);
  });
});

describe('an ordered set', () => {
  it('is walked in the order that sorting gives, whole or in part', async () => {
    const key = fc.option(
      item.map(({ id }) => id),
      { nil: undefined },
    );
    const bounds = fc.record({
      from: key,
      after: key,
      to: key,
      before: key,
      reverse: fc.boolean(),
      limit: fc.constantFrom(undefined, 0, 2, 100),
    });
    await fc.assert(
      fc.asyncProperty(script, bounds, (steps, range) => {
        const { from, after, to, before, reverse, limit = Infinity } = range;
        const isIn = ({ id }: Item): boolean =>
          (from === undefined || compareKeys(id, from) >= 0) &&
          (after === undefined || compareKeys(id, after) > 0) &&
          (to === undefined || compareKeys(id, to) <= 0) &&
          (before === undefined || compareKeys(id, before) < 0);
        return play(
          openOrdered,
          steps,
          (table, row) => table.transaction((tx) => tx.put({ ...row, n: 1 })),
          (table) => {
            expectConsistent(table);
            const rows = [...table.rows()];
            expect(rows).toEqual(rows.toSorted((a, b) => compareKeys(a.id, b.id)));
            const part = rows.filter(isIn);
            const expected = (reverse ? part.toReversed() : part).slice(0, limit);
            expect([...table.range(range)]).toEqual(expected);
          },
        );
      }),
      { numRuns: 15 },
    );
  });

  it('gives what it selects, and what a transaction sees, in its order', async () => {
    const world = new TablesWorld();
    const table = openOrdered(await world.start('a'));
    for (const id of ['b', 2, 'a', 1]) table.put({ id, tag: 'red' });
    expect(table.select({ tag: 'red' }).map(({ id }) => id)).toEqual([1, 2, 'a', 'b']);
    const seen = await world.outcome(
      table.transaction((tx) => {
        tx.put({ id: 1.5 });
        return tx.rows().map(({ id }) => id);
      }),
    );
    expect(seen).toEqual([1, 1.5, 2, 'a', 'b']);
  });

  it('is the only one with ranges', async () => {
    const node = await new TablesWorld().start('a');
    expect(() => openSet(node).range()).toThrow(/no order.*ordered_set/);
    expect(() => openOrdered(node).range({ from: NaN })).toThrow(/NaN is no key/);
  });
});

describe('a bag', () => {
  it('has the same rows on all nodes after any writes and partitions', async () => {
    await fc.assert(
      fc.asyncProperty(script, (steps) =>
        play(
          openBag,
          steps,
          (bag, row) =>
            bag.transaction((tx) => {
              for (const one of tx.get(row.id)) tx.deleteRow(one);
              tx.put({ ...row, n: 7 });
            }),
          (bag) => {
            expectConsistent(bag);
            const all = [...bag.rows()];
            expect(new Set(textOf(all)).size).toBe(all.length);
            for (const { id } of all)
              expect(textOf(bag.get(id))).toEqual(textOf(all.filter((row) => row.id === id)));
          },
        ),
      ),
      { numRuns: 15 },
    );
  });

  it('keeps the rows that two sides of a partition have added to one key', async () => {
    const world = new TablesWorld();
    const nodes = await world.cluster(2);
    const [a, b] = nodes.map(openBag);
    await world.timeline.advance(50);
    world.network.partition([nodes[0]!.process], [nodes[1]!.process]);
    a!.put({ id: 'x', n: 1 });
    b!.put({ id: 'x', n: 2 });
    b!.put({ n: 1, id: 'x' });
    await world.timeline.advance(20_000);
    world.network.heal();
    nodes[0]!.seek(nodes[1]!);
    await world.timeline.advance(20_000);
    for (const bag of [a!, b!])
      expect(textOf(bag.get('x'))).toEqual(['["x","none",1]', '["x","none",2]']);
  });

  it('deletes one row, or all of a key, and tells which', async () => {
    const bag = openBag(await new TablesWorld().start('a'));
    const events: unknown[] = [];
    bag
      .watch()
      .subscribe(({ operation, key, row, old }) => events.push([operation, key, row ?? old]));
    for (const n of [1, 2, 3]) bag.put({ id: 'x', n });
    bag.put({ id: 'y' });
    bag.deleteRow({ n: 2, id: 'x' });
    expect(textOf(bag.get('x'))).toEqual(['["x","none",1]', '["x","none",3]']);
    bag.delete('x');
    expect(bag.has('x')).toBe(false);
    expect(bag.has('y')).toBe(true);
    expect(events.at(4)).toEqual(['delete', 'x', { id: 'x', n: 2 }]);
    expect(events).toHaveLength(7);
  });

  it('decides transactions on one key one after the other', async () => {
    const world = new TablesWorld();
    const nodes = await world.cluster(3);
    const bags = nodes.map(openBag);
    await world.timeline.advance(50);
    const next = (bag: Bag<Item>): Promise<void> =>
      bag.transaction((tx) => tx.put({ id: 'x', n: tx.get('x').length }));
    await world.outcome(Promise.all([...bags, ...bags].map(next)));
    await world.timeline.advance(10);
    const numbers = bags[0]!.get('x').map(({ n }) => Number(n));
    expect(numbers.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('refuses text that would arrive as another', async () => {
    const bag = openBag(await new TablesWorld().start('a'));
    expect(() => bag.put({ id: 'x', tag: 'a\ud800' })).toThrow(/half a surrogate pair/);
    expect(() => bag.put({ id: '\ud800' })).toThrow(/no key/);
    expect(bag.size).toBe(0);
  });
});
