import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/seeded-random.js';
import { ShuffledHosts } from './ipv4-shuffle.js';
import { Ipv4Range } from './ipv4.js';

const order = (range: Ipv4Range, seed: number): number[] => {
  const hosts = new ShuffledHosts(range, new SeededRandom(seed));
  return Array.from({ length: range.size }, (_, place) => hosts.at(place));
};

describe('the hosts in random order', () => {
  it('are each visited once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 32 }), fc.integer(), (prefix, seed) => {
        const range = new Ipv4Range(0x0a_00_00_00, prefix);
        expect(order(range, seed).toSorted((a, b) => a - b)).toEqual([...range]);
      }),
      { numRuns: 40 },
    );
  });

  it('are each visited once in a /16 too', () => {
    expect(new Set(order(new Ipv4Range(0x0a_00_00_00, 16), 7)).size).toBe(65_534);
  });

  it('reach every corner of a /8 without a list of it', () => {
    const range = new Ipv4Range(0x0a_00_00_00, 8);
    const hosts = new ShuffledHosts(range, new SeededRandom(1));
    for (let place = range.size - 1_000; place < range.size; place++)
      expect(range.includes(hosts.at(place))).toBe(true);
  });

  it('differ from seed to seed', () => {
    const range = new Ipv4Range(0x0a_00_00_00, 24);
    expect(order(range, 1)).not.toEqual(order(range, 2));
  });

  it('come in no favourite place: each host is first, and last, about as often as any other', () => {
    const range = new Ipv4Range(0x7f_00_00_00, 29);
    const first = new Map<number, number>();
    const last = new Map<number, number>();
    for (let seed = 0; seed < 6_000; seed++) {
      const hosts = new ShuffledHosts(range, new SeededRandom(seed));
      first.set(hosts.at(0), (first.get(hosts.at(0)) ?? 0) + 1);
      last.set(hosts.at(5), (last.get(hosts.at(5)) ?? 0) + 1);
    }
    for (const counts of [first, last])
      for (const host of range) {
        expect(counts.get(host)).toBeGreaterThan(850);
        expect(counts.get(host)).toBeLessThan(1_150);
      }
  });

  it('do not walk up or down: neighbours in the order are rarely neighbours in the range', () => {
    const visited = order(new Ipv4Range(0x0a_00_00_00, 22), 3);
    const close = visited.filter((host, place) => Math.abs(host - (visited[place + 1] ?? 0)) <= 4);
    expect(close.length).toBeLessThan(visited.length * 0.03);
  });
});
