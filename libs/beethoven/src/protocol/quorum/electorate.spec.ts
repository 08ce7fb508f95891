import { describe, expect, it } from 'vitest';
import { Majority, outranks, tagOf, type Electorate } from './electorate.js';

const electorate = (more: Partial<Electorate> = {}): Electorate => ({
  generation: 0,
  foundedAt: 5,
  founder: 'b',
  version: 3,
  voters: new Map([
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['d', 4],
  ]),
  ...more,
});
const votes = (...lives: [string, number][]) =>
  new Map(lives.map(([id, life]) => [id, { id, life }]));

describe('a majority', () => {
  it('is more than half, and half is not', () => {
    const rule = new Majority(electorate());
    expect(rule.isQuorum(votes(['a', 1], ['b', 2]))).toBe(false);
    expect(rule.isQuorum(votes(['a', 1], ['b', 2], ['c', 3]))).toBe(true);
  });

  it('does not count strangers, nor voters in another life', () => {
    const rule = new Majority(electorate());
    expect(rule.isQuorum(votes(['a', 1], ['b', 2], ['c', 9], ['x', 1]))).toBe(false);
  });
});

describe('of two electorates', () => {
  it.each([
    ['the later of one line', { version: 4 }],
    [
      'the higher generation, however few its changes',
      { generation: 1, version: 1, foundedAt: 99 },
    ],
    ['the one that was founded first', { foundedAt: 4, version: 1 }],
    ['of two founded at the same moment, that of the lower id', { founder: 'a', version: 1 }],
  ])('%s replaces the other', (_, more) => {
    expect(outranks(electorate(more), electorate())).toBe(true);
    expect(outranks(electorate(), electorate(more))).toBe(false);
  });

  it('that are the same, neither does', () => {
    expect(outranks(electorate(), electorate())).toBe(false);
  });

  it('each has a name of its own, and none is nameless', () => {
    expect(tagOf(electorate())).toBe('0/5/b/3');
    expect(tagOf(undefined)).toBe('');
  });
});
