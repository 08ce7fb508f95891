import { describe, expect, it } from 'vitest';
import { DecidedLog, MAX_DECIDED } from './decided-log.js';

const decided = (n: number) => ({ id: `c#1/${n}`, attempt: 1, origin: 'a#1', seq: n });

describe('the log of decided transactions', () => {
  it('forgets the oldest beyond its limit', () => {
    const log = new DecidedLog();
    for (let n = 1; n <= MAX_DECIDED + 3; n++) log.add('t', decided(n));
    expect(log.size).toBe(MAX_DECIDED);
    expect(log.get('c#1/3')).toBeUndefined();
    expect(log.get('c#1/4')).toEqual(decided(4));
  });

  it('knows which of a table another copy has not heard of', () => {
    const log = new DecidedLog();
    for (let n = 1; n <= 4; n++) log.add(n === 3 ? 'other' : 't', decided(n));
    expect(log.beyond('t', new Map([['a#1', 1]])).map(({ seq }) => seq)).toEqual([2, 4]);
  });

  it('keeps the first word about a transaction', () => {
    const log = new DecidedLog();
    log.add('t', decided(1));
    log.add('t', { ...decided(1), attempt: 2 });
    expect(log.get('c#1/1')?.attempt).toBe(1);
  });
});
