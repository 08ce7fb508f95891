import { describe, expect, it } from 'vitest';
import { PROMISE } from './lease-times.js';
import { MAX_PROMISES, Voter } from './voter.js';

const a = { id: 'a', life: 1 };
const b = { id: 'b', life: 1 };
/** When the voter of these tests is old enough. */
const START = PROMISE;

function voterOf(): Voter {
  const voter = new Voter();
  voter.start(0);
  return voter;
}

const ask = (voter: Voter, now: number, from: typeof a, epoch: number, round = 1) =>
  voter.ask(now, from, {
    kind: 'ask',
    life: from.life,
    tag: '',
    round,
    firm: false,
    slots: [['mail/0', epoch]],
  });
const release = (voter: Voter, now: number, from: typeof a, round: number, used = true): void =>
  voter.release(now, from, { kind: 'release', life: from.life, round, used, slots: ['mail/0'] });

const grantsUnder =
  (voter: Voter) =>
  (tag: string, now: number, firm = false) =>
    voter.ask(now, a, { kind: 'ask', life: 1, tag, round: 1, firm, slots: [['mail/0', 1]] });

describe('a voter', () => {
  it('abstains for as long as a promise of its last life may stand', () => {
    const voter = voterOf();
    expect(ask(voter, PROMISE - 1, a, 1).refused).toEqual([{ slot: 'mail/0', epoch: 0, wait: 1 }]);
    expect(ask(voter, PROMISE, a, 1).granted).toEqual(['mail/0']);
  });

  it('abstains for ever while it has no address at which its last life can have ended', () => {
    const voter = new Voter();
    voter.listen(START);
    expect(ask(voter, 100 * PROMISE, a, 1).granted).toEqual([]);
  });

  it('grants a slot to one process until its promise is over', () => {
    const voter = voterOf();
    ask(voter, START, a, 1);
    const { refused } = ask(voter, START + PROMISE - 1, b, 2);
    expect(refused).toEqual([{ slot: 'mail/0', epoch: 1, wait: 1 }]);
    expect(ask(voter, START + PROMISE, b, 2).granted).toEqual(['mail/0']);
  });

  it('that was stalled makes no new promise for a moment, and keeps those that stand', () => {
    const voter = voterOf();
    ask(voter, START, a, 1);
    const awake = START + PROMISE - 100;
    voter.listen(awake);
    expect(ask(voter, awake, a, 2).refused).toEqual([{ slot: 'mail/0', epoch: 1, wait: 100 }]);
    expect(ask(voter, awake + 99, a, 1).granted).toEqual(['mail/0']);
    const other = voterOf();
    other.listen(START);
    expect(ask(other, START + 99, b, 1).refused).toEqual([{ slot: 'mail/0', epoch: 0, wait: 1 }]);
    expect(ask(other, START + 100, b, 1).granted).toEqual(['mail/0']);
  });

  it('takes a new process under the same id for another one', () => {
    const voter = voterOf();
    ask(voter, START, a, 1);
    expect(ask(voter, START + 1, { ...a, life: 2 }, 2).granted).toEqual([]);
  });

  it('counts its promise from the last renewal', () => {
    const voter = voterOf();
    ask(voter, START, a, 1);
    ask(voter, START + 500, a, 1, 2);
    expect(ask(voter, START + PROMISE, b, 2).refused[0]?.wait).toBe(500);
  });

  it('never goes back to an epoch, and gives an epoch to one process', () => {
    const voter = voterOf();
    ask(voter, START, a, 5);
    const later = START + 2 * PROMISE;
    expect(ask(voter, later, b, 5).refused).toEqual([{ slot: 'mail/0', epoch: 5, wait: 0 }]);
    expect(ask(voter, later, a, 4).refused).toEqual([{ slot: 'mail/0', epoch: 5, wait: 0 }]);
    expect(ask(voter, later, b, 6).granted).toEqual(['mail/0']);
  });

  it('is free once the holder gives the slot back', () => {
    const voter = voterOf();
    ask(voter, START, a, 1);
    release(voter, START + 1, a, 1);
    expect(ask(voter, START + 1, b, 2).granted).toEqual(['mail/0']);
  });

  it('goes on granting a lower epoch when a higher one was claimed in vain', () => {
    const voter = voterOf();
    ask(voter, START, a, 5);
    const later = START + PROMISE; // for this long, the holder could not be heard
    ask(voter, later, b, 9);
    ask(voter, later, b, 9, 2);
    release(voter, later, b, 2, false);
    expect(ask(voter, later, a, 4).granted).toEqual([]);
    expect(ask(voter, later, a, 5).granted).toEqual(['mail/0']);
  });

  it('is not freed by others, nor by a release that a later grant has overtaken', () => {
    const voter = voterOf();
    ask(voter, START, a, 1, 2);
    release(voter, START, b, 9);
    release(voter, START, a, 1);
    ask(voter, START, a, 1, 1); // a copy of an older message
    release(voter, START, a, 1);
    expect(ask(voter, START + 1, b, 2).granted).toEqual([]);
  });

  it('is bound by what it granted under another electorate, also after a renewal under this one', () => {
    const voter = voterOf();
    const under = grantsUnder(voter);
    under('one', START);
    expect([voter.isBound(START, 'one'), voter.isBound(START, 'two')]).toEqual([false, true]);
    under('two', START + 500);
    expect(voter.isBound(START + PROMISE - 1, 'two')).toBe(true);
    expect(voter.isBound(START + PROMISE, 'two')).toBe(false);
  });

  it('is bound no longer once the holder stands on this electorate, or has given the slot back', () => {
    for (const end of ['stands', 'release'] as const) {
      const voter = voterOf();
      const under = grantsUnder(voter);
      under('one', START);
      if (end === 'release') release(voter, START + 1, a, 1);
      else under('two', START + 1, true);
      expect(voter.isBound(START + 2, 'two')).toBe(false);
    }
  });

  it('remembers no more slots than it has room for, and makes room for new ones', () => {
    const voter = voterOf();
    const slots = Array.from({ length: MAX_PROMISES }, (_, i) => [`x/${i}`, 1] as const);
    voter.ask(START, a, { kind: 'ask', life: 1, tag: '', round: 1, firm: true, slots });
    expect(ask(voter, START, b, 1).refused[0]?.wait).toBe(PROMISE);
    expect(ask(voter, START + PROMISE, b, 1).granted).toEqual(['mail/0']);
  });
});
