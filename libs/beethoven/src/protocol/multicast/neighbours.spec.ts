import { describe, expect, it } from 'vitest';
import { TTL } from './announcement.js';
import { MAX_NEIGHBOURS, Neighbours } from './neighbours.js';

const claim = (port: number, ttl = TTL) => ({ address: '10.0.4.7', port, ttl });
const ports = (neighbours: Neighbours, now: number) =>
  neighbours.known(now).map(({ port }) => port);

describe('a neighbour', () => {
  it('is known for as long as it said, and two minutes at most', () => {
    const neighbours = new Neighbours();
    neighbours.hear(claim(1, 10), 0);
    neighbours.hear(claim(2, 4_294_967_295), 0);
    expect(ports(neighbours, 9_999)).toEqual([1, 2]);
    expect(ports(neighbours, 10_000)).toEqual([2]);
    expect(ports(neighbours, 119_999)).toEqual([2]);
    expect(ports(neighbours, 120_000)).toEqual([]);
  });

  it('that is heard again is known for longer, and is the latest', () => {
    const neighbours = new Neighbours();
    neighbours.hear(claim(1), 0);
    neighbours.hear(claim(2), 0);
    neighbours.hear(claim(1), 60_000);
    expect(ports(neighbours, 60_000)).toEqual([2, 1]);
    expect(ports(neighbours, 179_999)).toEqual([1]);
  });

  it('that says goodbye is forgotten', () => {
    const neighbours = new Neighbours();
    neighbours.hear(claim(1), 0);
    neighbours.hear(claim(1, 0), 1);
    expect(ports(neighbours, 1)).toEqual([]);
  });

  it('is forgotten first where more announce themselves than are remembered', () => {
    const neighbours = new Neighbours();
    for (let port = 1; port <= MAX_NEIGHBOURS + 1; port++) neighbours.hear(claim(port), 0);
    const known = ports(neighbours, 0);
    expect([known.length, known[0]]).toEqual([MAX_NEIGHBOURS, 2]);
  });
});
