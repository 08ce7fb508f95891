import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HybridClock } from './hybrid-clock.js';
import { rowCells, type RowCells } from './row-cells.js';
import { TableReplica } from './table-replica.js';

const NOW = Date.UTC(2026, 0, 1);

const replica = (id: string) => new TableReplica(id, { key: 'id' }, new HybridClock());

/** What three writers have written apart, under clocks that disagree: for each all of its log. */
const states = fc
  .array(fc.tuple(fc.nat(2), fc.nat(4), fc.boolean(), fc.integer({ min: -5_000, max: 5_000 })), {
    maxLength: 40,
  })
  .map((steps) => {
    const writers = [replica('a#1'), replica('b#1'), replica('c#1')] as const;
    for (const [who, key, deletes, skew] of steps) {
      const row = deletes ? undefined : { id: key, skew };
      writers[who as 0 | 1 | 2].write({ key, row }, NOW + skew);
    }
    return writers.map((writer) => rowCells(writer.beyond(new Map())));
  });

/** A copy that has taken in these, one after the other. */
function merged(...parts: RowCells[]): TableReplica {
  const copy = replica('copy#1');
  // As a comparison that begins anew: nothing is passed over for having been seen.
  for (const part of parts) copy.merge(part, NOW, true);
  return copy;
}

/** Every version that a copy has, tombstones included. */
function versions(copy: TableReplica): string {
  const { names, cells } = rowCells(copy.beyond(new Map()));
  const rows: unknown[] = [];
  for (let at = 0; at < cells.length; at += 6)
    rows.push([cells[at], cells[at + 1], cells[at + 2], names[cells[at + 3] as number]]);
  return JSON.stringify(rows.map((row) => JSON.stringify(row)).toSorted());
}

const isSame = (one: TableReplica, other: TableReplica): void => {
  expect(versions(one)).toBe(versions(other));
  expect([one.contents, one.size, one.tombstones]).toEqual([
    other.contents,
    other.size,
    other.tombstones,
  ]);
};

describe('merging', () => {
  it('is commutative', () => {
    fc.assert(fc.property(states, ([a, b]) => isSame(merged(a!, b!), merged(b!, a!))));
  });

  it('is associative', () => {
    fc.assert(
      fc.property(states, ([a, b, c]) => {
        const ab = rowCells(merged(a!, b!).beyond(new Map()));
        const bc = rowCells(merged(b!, c!).beyond(new Map()));
        isSame(merged(ab, c!), merged(a!, bc));
      }),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(states, ([a, b]) => {
        const once = merged(a!, b!);
        const all = rowCells(once.beyond(new Map()));
        isSame(once, merged(a!, b!, a!, b!, all));
      }),
    );
  });

  it('gives the same rows for single versions replayed in any order, some of them twice', () => {
    const replay = states.chain((parts) => {
      const singles = parts.flatMap(({ names, cells }) =>
        Array.from({ length: cells.length / 6 }, (_, i) => {
          return { names, cells: cells.slice(i * 6, i * 6 + 6) };
        }),
      );
      const all = fc.shuffledSubarray([...singles, ...singles], {
        minLength: 2 * singles.length,
      });
      return fc.tuple(fc.constant(parts), all);
    });
    fc.assert(fc.property(replay, ([parts, order]) => isSame(merged(...parts), merged(...order))));
  });
});
