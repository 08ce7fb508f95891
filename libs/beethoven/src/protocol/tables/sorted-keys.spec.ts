import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from './key-order.js';
import type { Key } from './row.js';
import { SortedKeys } from './sorted-keys.js';

const key = fc.oneof(fc.integer({ min: -400, max: 400 }), fc.string({ maxLength: 2 }));

function sorted(keys: Iterable<Key>): Key[] {
  return [...keys].toSorted(compareKeys);
}

describe('sorted keys', () => {
  it('are what sorting gives, whatever was added and deleted', () => {
    const change = fc.record({ key, adds: fc.boolean() });
    const steps = fc.array(change, { size: 'max', maxLength: 2_000 });
    fc.assert(
      fc.property(steps, key, fc.boolean(), (script, start, exclusive) => {
        const keys = new SortedKeys();
        const model = new Set<Key>();
        for (const step of script) {
          if (step.adds) keys.add(step.key);
          else keys.delete(step.key);
          if (step.adds) model.add(step.key);
          else model.delete(step.key);
        }
        const all = sorted(model);
        expect([...keys.ascending()]).toEqual(all);
        expect([...keys.descending()]).toEqual(all.toReversed());
        const isBeyond = (order: number): boolean => order > 0 || (order === 0 && !exclusive);
        expect([...keys.ascending(start, exclusive)]).toEqual(
          all.filter((one) => isBeyond(compareKeys(one, start))),
        );
        expect([...keys.descending(start, exclusive)]).toEqual(
          all.filter((one) => isBeyond(compareKeys(start, one))).toReversed(),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('hold through growth to many levels and the way back to none', () => {
    const keys = new SortedKeys();
    const count = 20_000;
    for (let i = 0; i < count; i++) keys.add((i * 7_919) % count);
    expect([...keys.ascending()]).toEqual(Array.from({ length: count }, (_, i) => i));
    for (let i = 0; i < count; i++) if (i % 1_000 > 0) keys.delete((i * 4_801) % count);
    expect([...keys.ascending()]).toHaveLength(20);
    for (const one of keys.ascending()) keys.delete(one);
    expect([...keys.ascending()]).toEqual([]);
    keys.add('again');
    expect([...keys.descending()]).toEqual(['again']);
  });

  it('may change while somebody walks along them', () => {
    const keys = new SortedKeys();
    for (let i = 0; i < 500; i++) keys.add(i);
    const met: Key[] = [];
    for (const one of keys.ascending()) {
      met.push(one);
      for (let i = 0; i < 500; i += 3) keys.delete(i);
      keys.add(10_000);
    }
    expect(met).toEqual(sorted(new Set(met)));
    expect(met.filter((one) => Number(one) % 3 > 0 && Number(one) < 500)).toHaveLength(333);
    expect(met.at(-1)).toBe(10_000);
  });
});
