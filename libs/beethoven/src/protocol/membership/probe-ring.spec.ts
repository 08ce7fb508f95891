import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { ProbeRing } from './probe-ring.js';

function ringOf(items: Iterable<number>, seed = 1): ProbeRing<number> {
  const ring = new ProbeRing<number>(new SeededRandom(seed));
  for (const item of items) ring.add(item);
  return ring;
}

const even = (item: number): boolean => item % 2 === 0;
const sorted = (items: readonly (number | undefined)[]): (number | undefined)[] =>
  items.toSorted((a = 0, b = 0) => a - b);

const turns = (ring: ProbeRing<number>, count: number): (number | undefined)[] =>
  Array.from({ length: count }, () => ring.next());

describe('the ring of probes', () => {
  it('gives everyone one turn in each round, in another order', () => {
    const ring = ringOf([1, 2, 3, 4, 5, 6, 7, 8]);
    const rounds = Array.from({ length: 20 }, () => turns(ring, 8));
    for (const round of rounds) expect(sorted(round)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(rounds.map(String)).size).toBeGreaterThan(15);
  });

  it('has nobody to give while it is empty', () => {
    const ring = ringOf([]);
    expect(ring.next()).toBeUndefined();
    expect(ring.sample(3, () => true)).toEqual([]);
  });

  it('gives a newcomer its turn in the round that goes on, at a random place', () => {
    const places = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const ring = ringOf([1, 2, 3, 4, 5], seed);
      turns(ring, 2);
      ring.add(9);
      const rest = turns(ring, 4);
      expect(rest).toContain(9);
      places.add(rest.indexOf(9));
    }
    expect(places).toEqual(new Set([0, 1, 2, 3]));
  });

  it('keeps its promise whoever comes and goes: no turn twice in a round, none for those that went', () => {
    const steps = fc.array(
      fc.record({ action: fc.constantFrom('add', 'delete', 'next', 'next'), item: fc.nat(12) }),
    );
    fc.assert(
      fc.property(steps, fc.integer(), (list, seed) => {
        const ring = ringOf([], seed);
        const present = new Set<number | undefined>();
        let had = new Set<number | undefined>();
        const faults = list.filter(({ action, item }) => {
          if (action === 'add') {
            ring.add(item);
            if (!present.has(item)) had.delete(item);
            present.add(item);
          } else if (action === 'delete') {
            ring.delete(item);
            present.delete(item);
          } else {
            if ([...present].every((one) => had.has(one))) had = new Set();
            const turn = ring.next();
            if (turn === undefined ? present.size > 0 : !present.has(turn) || had.has(turn))
              return true;
            had.add(turn);
          }
          return ring.size !== present.size;
        });
        expect(faults).toEqual([]);
      }),
    );
  });

  it('samples different ones that fit, and all of them where few are asked for more', () => {
    const ring = ringOf([1, 2, 3, 4, 5, 6]);
    expect(sorted(ring.sample(9, even))).toEqual([2, 4, 6]);
    expect(new Set(ring.sample(3, () => true)).size).toBe(3);
    expect(ring.sample(0, even)).toEqual([]);
  });

  it('looks at no more than a stretch of a large ring', () => {
    const ring = ringOf(Array.from({ length: 10_000 }, (_, i) => i));
    let looks = 0;
    ring.sample(3, () => ++looks < 0);
    expect(looks).toBeLessThan(100);
  });
});
