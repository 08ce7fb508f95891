import { describe, expect, it } from 'vitest';
import type { Opening } from '../protocol/roles/plan.js';
import { Turns, type TurnsParts } from './turns.js';

const opening = (id: string, ...candidates: string[]): Opening => ({
  id,
  role: id,
  index: 0,
  candidates,
});

/** The turns of `me`. */
const turnsWith = (parts: Partial<TurnsParts> = {}): Turns =>
  new Turns({
    self: 'me',
    isClosed: () => false,
    isHandingOver: () => false,
    claimableAt: () => 0,
    notBefore: () => 0,
    ...parts,
  });

describe('an open slot', () => {
  it('is taken at once by the best candidate, by the next after half a second, by others never', () => {
    const [mine, second, none] = [
      opening('a', 'me', 'x'),
      opening('b', 'x', 'me'),
      opening('c', 'x'),
    ];
    const turns = turnsWith();
    expect(turns.take([mine, second, none], 1_000)).toEqual({ due: [mine], next: 1_500 });
    expect(turns.take([second, none], 1_499)).toEqual({ due: [], next: 1_500 });
    expect(turns.take([second, none], 1_500)).toEqual({ due: [second], next: Infinity });
  });

  it('that was taken and is open again has its turns anew', () => {
    const turns = turnsWith();
    const second = opening('b', 'x', 'me');
    turns.take([second], 1_000);
    turns.take([], 1_200);
    expect(turns.take([second], 1_600)).toEqual({ due: [], next: 2_100 });
  });

  it('has its turns from when it can be taken', () => {
    let isClosed = true;
    const turns = turnsWith({ isClosed: () => isClosed, claimableAt: () => 5_000 });
    const second = opening('b', 'x', 'me');
    expect(turns.take([second], 1_000)).toEqual({ due: [], next: Infinity });
    isClosed = false;
    expect(turns.take([second], 2_000)).toEqual({ due: [], next: 5_500 });
    turns.postpone('b', 7_000);
    expect(turns.take([second], 6_000)).toEqual({ due: [], next: 7_500 });
  });

  it('is left alone while an instance of its role goes on here, and after a failure for as long as that says', () => {
    const mine = opening('a', 'me');
    expect(turnsWith({ isHandingOver: () => true }).take([mine], 1).due).toEqual([]);
    expect(turnsWith({ notBefore: () => 9 }).take([mine], 1)).toEqual({ due: [], next: 9 });
  });
});
