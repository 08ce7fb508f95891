import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Entry } from './entry.js';
import { Origin } from './origin.js';

function entryAt(origin: Origin, seq: number): Entry {
  return new Entry(seq, 0, {}, 1, origin.id, origin, seq);
}

describe('the log of a replica', () => {
  it('is in order, in whatever order its entries came and went', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(steps, fc.nat(40), (moves, from) => {
        const origin = new Origin('a#1');
        const model = new Map<number, Entry>();
        for (const [seq, isAdded] of moves) {
          const known = model.get(seq);
          if (isAdded && known === undefined) {
            const entry = entryAt(origin, seq);
            model.set(seq, entry);
            origin.add(entry);
          } else if (!isAdded && known !== undefined) {
            origin.remove(known);
            model.delete(seq);
          }
        }
        const expected = [...model.keys()].filter((seq) => seq > from).toSorted((a, b) => a - b);
        expect(origin.since(from).map(({ seq }) => seq)).toEqual(expected);
      }),
    );
  });

  it('keeps what stands at one place in the order in which it came', () => {
    const origin = new Origin('a#1');
    const entries = [entryAt(origin, 5), entryAt(origin, 5), entryAt(origin, 5)];
    for (const entry of entries) origin.add(entry);
    expect(origin.since(4)).toEqual(entries);
  });

  it('is filled up behind its end at the cost of what comes, not of what is there', () => {
    const origin = new Origin('a#1');
    for (let seq = 100_001; seq <= 200_000; seq++) origin.add(entryAt(origin, seq));
    for (let seq = 1; seq <= 100_000; seq++) origin.add(entryAt(origin, seq)); // minutes, if each walked back
    expect(origin.since(0)).toHaveLength(200_000);
  });
});

describe('what has been seen of a replica', () => {
  it('grows by the runs that follow on it', () => {
    const origin = new Origin('a#1');
    expect([origin.seeRun(1, 3), origin.seeRun(4, 4), origin.seeRun(2, 5)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(origin.known).toBe(5);
  });

  it('jumps over a run that came early, once the gap before it is filled', () => {
    const origin = new Origin('a#1');
    expect([origin.seeRun(4, 6), origin.seeRun(7, 9)]).toEqual([false, false]);
    expect(origin.known).toBe(0);
    origin.see(3);
    expect(origin.known).toBe(9);
  });

  it('does not jump over a second gap', () => {
    const origin = new Origin('a#1');
    origin.seeRun(4, 6);
    origin.seeRun(9, 9);
    origin.see(3);
    expect(origin.known).toBe(3);
  });
});
