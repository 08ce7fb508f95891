import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { Ipv4Range } from '../ipv4.js';
import { Sweep } from './sweep.js';

const range = Ipv4Range.of('127.0.0.0', 29);
const nobody = (): boolean => false;

function round(sweep: Sweep, skip: (address: number) => boolean = nobody): number[] {
  const visited: number[] = [];
  for (let host = sweep.next(skip); host !== undefined; host = sweep.next(skip)) visited.push(host);
  return visited;
}

describe('a sweep', () => {
  it('visits every host once a round, in the same order each time', () => {
    const sweep = new Sweep(range, new SeededRandom(1));
    const first = round(sweep);
    expect(first.toSorted((a, b) => a - b)).toEqual([...range]);
    expect(round(sweep)).toEqual(first);
  });

  it('goes in an order of its own', () => {
    const large = Ipv4Range.of('10.0.0.0', 24);
    expect(round(new Sweep(large, new SeededRandom(1)))).not.toEqual(
      round(new Sweep(large, new SeededRandom(2))),
    );
  });

  it('skips whom it is told to, and ends its round even where that is everybody', () => {
    const sweep = new Sweep(range, new SeededRandom(1));
    const host = range.at(2);
    expect(round(sweep, (address) => address === host)).toHaveLength(5);
    expect(sweep.next(() => true)).toBeUndefined();
    expect(sweep.next(() => true)).toBeUndefined();
    expect(round(sweep)).toHaveLength(6);
  });
});
