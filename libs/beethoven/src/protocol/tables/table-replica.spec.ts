import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HybridClock } from './hybrid-clock.js';
import { MAX_DEPARTED } from './origins.js';
import { rowCells } from './row-cells.js';
import type { Key, ReplicaSchema, Row } from './row.js';
import { TableReplica } from './table-replica.js';

const NOW = Date.UTC(2026, 0, 1);
const ranked: ReplicaSchema = { key: 'id', rank: (row) => Number(row['rank']) };

function replica(id = 'a#1', schema: ReplicaSchema = { key: 'id' }): TableReplica {
  return new TableReplica(id, schema, new HybridClock());
}
const put = (table: TableReplica, row: Row, now = NOW) =>
  table.write({ key: row['id'] as Key, row }, now);
const remove = (table: TableReplica, key: Key, now = NOW) =>
  table.write({ key, row: undefined }, now);
const contents = (table: TableReplica) =>
  Object.fromEntries([...table.rows()].map((row) => [row['id'], row]));

/** Everything that one copy has, to another. */
function pour(from: TableReplica, into: TableReplica): void {
  into.merge(rowCells(from.beyond(into.seen())), NOW);
  into.see(from.seen());
}

describe('a copy of a table', () => {
  it('keeps the later write, whichever comes first', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    put(a, { id: 'k', from: 'a' }, NOW);
    put(b, { id: 'k', from: 'b' }, NOW + 1);
    const [ab, ba] = [replica('c#1'), replica('d#1')];
    pour(a, ab);
    pour(b, ab);
    pour(b, ba);
    pour(a, ba);
    expect([ab.get('k'), ba.get('k')]).toEqual([
      { id: 'k', from: 'b' },
      { id: 'k', from: 'b' },
    ]);
    expect(ab.contents).toBe(ba.contents);
  });

  it('shows frozen rows only, whoever wrote them', () => {
    const [a, b, c] = [replica('a#1'), replica('b#1'), replica('c#1')];
    put(a, { id: 'k', version: 1 });
    expect(Object.isFrozen(a.get('k'))).toBe(true);
    pour(a, b);
    put(a, { id: 'k', version: 2 }, NOW + 1);
    a.writeTogether([{ key: 'l', row: { id: 'l' } }], NOW);
    pour(a, b);
    for (const copy of [a, b]) expect([...copy.rows()].every(Object.isFrozen)).toBe(true);
    c.merge(structuredClone(rowCells(b.entries())), NOW);
    expect(contents(c)).toEqual({ k: { id: 'k', version: 2 }, l: { id: 'l' } });
    expect([...c.rows()].every(Object.isFrozen)).toBe(true);
  });

  it('keeps a write over a row that it has seen, whatever the clocks say', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    put(a, { id: 'k', from: 'a' }, NOW + 3_600_000);
    pour(a, b);
    put(b, { id: 'k', from: 'b' }, NOW);
    pour(b, a);
    expect(a.get('k')).toEqual({ id: 'k', from: 'b' });
  });

  it('keeps the higher rank, whatever the clocks say', () => {
    const [a, b] = [replica('a#1', ranked), replica('b#1', ranked)];
    put(a, { id: 'k', rank: 2 }, NOW);
    put(b, { id: 'k', rank: 1 }, NOW + 60_000);
    pour(a, b);
    pour(b, a);
    expect([a.get('k'), b.get('k')]).toEqual([
      { id: 'k', rank: 2 },
      { id: 'k', rank: 2 },
    ]);
    expect(put(b, { id: 'k', rank: 1 })).toBeUndefined();
    expect(put(b, { id: 'k', rank: 2 })).toBeDefined();
  });

  it('lets a row whose rank is no number lose', () => {
    const table = replica('a#1', ranked);
    put(table, { id: 'k', rank: 'high' });
    expect(put(table, { id: 'k', rank: -5 })).toBeDefined();
    expect(put(table, { id: 'k', rank: 'high' })).toBeUndefined();
  });

  it('tells each change with the row before, and nothing for what changes nothing', () => {
    const table = replica();
    expect(remove(table, 'k')).toBeUndefined();
    expect(put(table, { id: 'k' })).toMatchObject({ key: 'k', row: { id: 'k' }, old: undefined });
    expect(remove(table, 'k')).toMatchObject({ key: 'k', row: undefined, old: { id: 'k' } });
    expect([table.size, table.tombstones]).toEqual([0, 1]);
  });

  it('takes no row whose key is not the one that it stands under, and no tombstone where rows have ranks', () => {
    const [table, withRanks] = [replica(), replica('a#1', ranked)];
    const cells = { names: ['x#1'], cells: ['k', { id: 'other' }, 5, 0, 0, 1] };
    expect(table.merge(cells, NOW)).toEqual([]);
    expect(withRanks.merge({ names: ['x#1'], cells: ['k', null, 5, 0, 0, 1] }, NOW)).toEqual([]);
    expect(table.size + withRanks.tombstones).toBe(0);
  });

  it('lets nobody write in its own name', () => {
    const table = replica('a#1');
    table.merge({ names: ['a#1'], cells: ['k', { id: 'k' }, 5, 0, 0, 9] }, NOW);
    table.see(new Map([['a#1', 9]]));
    expect(table.size).toBe(0);
    expect(table.seen()).toEqual(new Map());
  });

  it('sends each write once, and what replaced it before it was sent with it', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    put(a, { id: 'k', n: 1 });
    put(a, { id: 'k', n: 2 });
    put(a, { id: 'l' });
    put(b, { id: 'l', from: 'b' }, NOW + 1);
    pour(b, a);
    const unsent = a.unsent.take();
    expect(unsent).toMatchObject({ from: 1, to: 3 });
    expect(unsent?.entries.map(({ row }) => row)).toEqual([
      { id: 'l', from: 'b' },
      { id: 'k', n: 2 },
    ]);
    expect(a.unsent.take()).toBeUndefined();
  });

  it('finds what another lacks without looking at the rest', () => {
    const a = replica('a#1');
    for (let i = 0; i < 1_000; i++) put(a, { id: i });
    const seen = a.seen();
    put(a, { id: 3, again: true });
    expect(a.lack(seen)).toBe('some');
    expect(a.beyond(seen).map(({ key }) => key)).toEqual([3]);
    expect(a.lack(a.seen())).toBe('nothing');
  });

  it('converges by plain exchange, in any order, with equal numbers for equal rows', () => {
    const step = fc.tuple(
      fc.nat(2),
      fc.nat(3),
      fc.constantFrom('put', 'delete', 'pour'),
      fc.integer({ min: -5_000, max: 5_000 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tables = [replica('a#1'), replica('b#1'), replica('c#1')];
        for (const [who, key, what, skew] of steps) {
          const table = tables[who]!;
          if (what === 'put') put(table, { id: key, skew }, NOW + skew);
          else if (what === 'delete') remove(table, key, NOW + skew);
          else pour(table, tables[key % 3]!);
        }
        for (let i = 0; i < 2; i++)
          for (const from of tables) for (const into of tables) pour(from, into);
        const [first, ...others] = tables;
        for (const other of others) {
          expect(contents(other)).toEqual(contents(first!));
          expect(other.contents).toBe(first!.contents);
          expect(other.size).toBe(first!.size);
        }
      }),
    );
  });
});

describe('a tombstone', () => {
  it('stays until every other copy has seen it', () => {
    const [a, b, c] = [replica('a#1'), replica('b#1'), replica('c#1')];
    put(a, { id: 'k' });
    remove(a, 'k');
    pour(a, b);
    a.collect([b.seen(), c.seen()]);
    expect(a.tombstones).toBe(1);
    pour(a, c);
    a.collect([b.seen(), c.seen()]);
    expect(a.tombstones).toBe(0);
  });

  it('stays while another copy has seen something that may still have to be refused', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    put(a, { id: 'k' });
    remove(a, 'k', NOW + 10_000);
    put(b, { id: 'k', late: true }, NOW);
    pour(a, b);
    a.collect([b.seen()]);
    expect(a.tombstones).toBe(1);
    pour(b, a);
    a.collect([b.seen()]);
    expect([a.tombstones, a.size]).toEqual([0, 0]);
  });

  it('that is gone is known by its horizon: who has seen less gets the whole table', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    put(a, { id: 'gone' });
    put(a, { id: 'stays' });
    pour(a, b);
    put(b, { id: 'own' });
    remove(a, 'gone');
    a.collect([]);
    expect(a.lack(b.seen())).toBe('all');
    const present = new Set(a.beyond(new Map()).map(({ key }) => key));
    b.merge(rowCells(a.beyond(new Map())), NOW);
    expect(b.dropAbsent('a#1', present, a.seen())).toMatchObject([{ key: 'gone', row: undefined }]);
    b.see(a.seen());
    b.forgetAs(a.horizon(), a.floor);
    expect(Object.keys(contents(b))).toEqual(['stays', 'own']);
    expect(b.lack(new Map())).toBe('all');
    expect(a.lack(b.seen())).toBe('nothing');
  });

  it('that is gone loses against a new row even where it is still kept, however fast its clock was', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    put(b, { id: 'k' }, NOW);
    remove(b, 'k', NOW + 3_600_000);
    pour(b, a);
    a.collect([b.seen()]);
    expect([a.tombstones, b.tombstones]).toEqual([0, 1]);
    put(a, { id: 'k', again: true }, NOW);
    pour(a, b);
    expect(b.get('k')).toEqual({ id: 'k', again: true });
  });

  it('after something that its dead writer told nobody is collected all the same', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    const cells = ['k', null, 5, 0, 0, 7, 'l', { id: 'l' }, 6, 0, 0, 8];
    a.merge({ names: ['dead#1'], cells }, NOW);
    a.adoptOrphans(new Set(['dead#1']));
    expect(a.seen()).toEqual(new Map());
    a.adoptOrphans(new Set());
    pour(a, b);
    expect(b.get('l')).toEqual({ id: 'l' });
    a.collect([b.seen()]);
    expect(a.tombstones).toBe(0);
    expect(a.contents).toBe(b.contents);
  });
});

describe('the replicas that a copy remembers', () => {
  it('are, beyond its members and those with rows, the youngest up to a limit', () => {
    const table = replica('a#1');
    for (let life = 1; life <= MAX_DEPARTED + 50; life++) {
      const name = `n#${life}`;
      const row = { id: life === 10 ? 'kept' : 'k' };
      table.merge({ names: [name], cells: [row.id, row, life, 0, 0, 1] }, NOW);
      table.seeRun(name, 1, 1);
    }
    table.prune(new Set(['n#20']));
    const seen = [...table.seen().keys()];
    expect(seen.length).toBeLessThanOrEqual(MAX_DEPARTED + 3);
    expect(seen).toEqual(expect.arrayContaining(['n#10', 'n#20', `n#${MAX_DEPARTED}`]));
    expect(seen).not.toContain('n#11');
  });
});

describe('many tombstones', () => {
  it('are collected a part at a time, with what is deleted meanwhile', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    for (let i = 0; i < 1_000; i++) put(a, { id: i });
    for (let i = 0; i < 1_000; i++) remove(a, i);
    pour(a, b);
    expect([a.collect([b.seen()], 400), a.tombstones]).toEqual([false, 600]);
    put(a, { id: 'late' });
    remove(a, 'late');
    pour(a, b);
    expect([a.collect([b.seen()], 400), a.collect([b.seen()], 400)]).toEqual([false, true]);
    expect(a.tombstones).toBe(0);
  });

  it('that a copy has not seen yet do not keep the rest from being collected', () => {
    const [a, b] = [replica('a#1'), replica('b#1')];
    for (let i = 0; i < 10; i++) put(a, { id: i });
    remove(a, 0);
    const early = a.seen();
    remove(a, 1);
    pour(a, b);
    expect([a.collect([early], 1), a.collect([early], 5), a.tombstones]).toEqual([false, true, 1]);
    expect([a.collect([b.seen()], 5), a.tombstones]).toEqual([true, 0]);
  });
});
