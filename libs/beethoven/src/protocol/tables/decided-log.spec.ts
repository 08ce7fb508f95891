import { describe, expect, it } from 'vitest';
import { DecidedLog, MAX_CLIENTS, MAX_DECIDED } from './decided-log.js';
import type { Decided } from './messages.js';

const decided = (number: number, settled = 0, client = 'c#1'): Decided => {
  return { client, number, settled, attempt: 1, origin: 'a#1', seq: number };
};

describe('the log of decided transactions', () => {
  it('is as long as what a client still waits for', () => {
    const log = new DecidedLog();
    for (let n = 1; n <= 1_000; n++) log.add('t', decided(n, n - 3));
    expect(log.size).toBe(4);
    expect(log.get('c#1', 997)).toEqual(decided(997, 994));
    expect(log.get('c#1', 996)).toBeUndefined();
    expect([log.isSettled('c#1', 996), log.isSettled('c#1', 997)]).toEqual([true, false]);
    expect(log.isSettled('other#1', 1)).toBe(false);
  });

  it('takes a late word about what is settled for nothing', () => {
    const log = new DecidedLog();
    log.add('t', decided(9, 9));
    log.add('t', decided(8));
    expect(log.size).toBe(1);
  });

  it('forgets the oldest beyond its limit, whatever its clients say', () => {
    const log = new DecidedLog();
    for (let n = 1; n <= MAX_DECIDED + 3; n++) log.add('t', decided(n));
    expect(log.size).toBe(MAX_DECIDED);
    expect(log.get('c#1', 3)).toBeUndefined();
    expect(log.get('c#1', 4)).toEqual(decided(4));
  });

  it('forgets the client that has been quiet for longest beyond its limit', () => {
    const log = new DecidedLog();
    for (let n = 0; n < MAX_CLIENTS; n++) log.add('t', decided(1, 0, `c#${n}`));
    log.add('t', decided(2, 0, 'c#0'));
    log.add('t', decided(1, 0, 'new#1'));
    expect([log.clients, log.size]).toEqual([MAX_CLIENTS, MAX_CLIENTS + 1]);
    expect([log.get('c#0', 1)?.number, log.get('c#1', 1)]).toEqual([1, undefined]);
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
    expect(log.get('c#1', 1)?.attempt).toBe(1);
  });
});
