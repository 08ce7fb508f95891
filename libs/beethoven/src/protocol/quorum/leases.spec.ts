import { describe, expect, it } from 'vitest';
import { LEASE, RENEW_EVERY, STOP_MARGIN } from './lease-times.js';
import { Leases } from './leases.js';
import { StaticQuorum } from './static-quorum.js';

const SLOT = 'mail/0';
const voter = (id: string) => ({ id, life: 1 });
const grant = (round: number) => ({ round, granted: [SLOT], refused: [] });

/** Leases of one node among three, which asked for the slot at 0, in round 1. */
function claimed(): Leases {
  const leases = new Leases(() => new StaticQuorum(2, () => 3));
  leases.claim(0, SLOT, 7);
  leases.handleTime(0);
  return leases;
}

/** Two of three have granted it, 100 ms later. */
function won(): Leases {
  const leases = claimed();
  leases.answered(100, voter('a'), grant(1));
  leases.answered(100, voter('b'), grant(1));
  return leases;
}

describe('a lease', () => {
  it('is won by a quorum of one round, and by nothing less', () => {
    const leases = claimed();
    expect(leases.answered(1, voter('a'), grant(1))).toEqual([]);
    expect(leases.answered(1, voter('a'), grant(1))).toEqual([]);
    expect(leases.isHeld(1, SLOT, 7)).toBe(false);
    expect(leases.answered(2, voter('b'), grant(1))).toEqual([
      { kind: 'won', slot: SLOT, epoch: 7 },
    ]);
    expect(leases.isHeld(2, SLOT, 7)).toBe(true);
    expect(leases.isHeld(2, SLOT, 8)).toBe(false);
  });

  it('counts from before its round was sent, however late the answers come', () => {
    const leases = won();
    expect(leases.isHeld(LEASE - 1, SLOT, 7)).toBe(true);
    expect(leases.isHeld(LEASE, SLOT, 7)).toBe(false);
  });

  it('is renewed four times in its span, all slots in one round', () => {
    const leases = won();
    leases.claim(200, 'reports/0', 3);
    expect(leases.handleTime(200)).toEqual([
      {
        kind: 'ask',
        tag: '',
        round: 2,
        firm: true,
        slots: [
          [SLOT, 7],
          ['reports/0', 3],
        ],
      },
    ]);
    leases.answered(210, voter('b'), grant(2));
    leases.answered(210, voter('c'), grant(2));
    expect(leases.isHeld(200 + LEASE - 1, SLOT, 7)).toBe(true);
  });

  it('is not renewed by grants of different rounds', () => {
    const leases = won();
    leases.handleTime(RENEW_EVERY);
    leases.handleTime(2 * RENEW_EVERY);
    leases.answered(1_010, voter('a'), grant(2));
    leases.answered(1_010, voter('b'), grant(3));
    expect(leases.isHeld(LEASE, SLOT, 7)).toBe(false);
  });

  it('that nobody renews ends with time to stop, and is over in time', () => {
    const leases = won();
    const [ending] = leases.handleTime(LEASE - STOP_MARGIN);
    expect(ending).toEqual({ kind: 'ending', slot: SLOT, epoch: 7 });
    expect(leases.isRenewed(LEASE - 1, SLOT, 7)).toBe(false);
    expect(leases.isHeld(LEASE - 1, SLOT, 7)).toBe(true);
    expect(leases.handleTime(LEASE)).toEqual([{ kind: 'over', slot: SLOT, epoch: 7 }]);
    expect([leases.has(SLOT), leases.dueAt]).toEqual([false, Infinity]);
  });

  it('that has begun to end is not saved by a late answer: its role has been told', () => {
    const leases = won();
    leases.handleTime(RENEW_EVERY);
    leases.handleTime(LEASE - STOP_MARGIN);
    leases.answered(LEASE - 1, voter('a'), grant(2));
    leases.answered(LEASE - 1, voter('b'), grant(2));
    expect(leases.isHeld(LEASE, SLOT, 7)).toBe(false);
  });

  it('is told to have ended and to be over at once after a long stall', () => {
    expect(
      won()
        .handleTime(60_000)
        .map(({ kind }) => kind),
    ).toEqual(['ending', 'over']);
  });

  it('is given back with all that was granted up to now', () => {
    const leases = won();
    expect(leases.release(SLOT)).toEqual([
      { kind: 'release', used: true, round: 1, slots: [SLOT] },
    ]);
    expect(leases.release(SLOT)).toEqual([]);
    expect([...leases.handleTime(RENEW_EVERY)]).toEqual([]);
    expect(leases.dueAt).toBe(Infinity);
  });
});

describe('leases of voters that decide nothing any more', () => {
  it('end at once, and a new quorum is asked for what is claimed', () => {
    const leases = won();
    leases.void(150);
    leases.renew(150);
    expect(leases.handleTime(150).map(({ kind }) => kind)).toEqual(['ending', 'over']);
    expect(leases.answered(151, voter('c'), grant(1))).toEqual([]);
  });

  it('ask nobody while there is nobody to ask', () => {
    const leases = new Leases(() => undefined);
    leases.claim(0, SLOT, 1);
    expect(leases.handleTime(0)).toEqual([]);
    expect(leases.handleTime(RENEW_EVERY).map(({ kind }) => kind)).toEqual(['release', 'failed']);
  });
});

describe('a claim', () => {
  it('fails without a quorum in time, gives back what it got, and says when to try again', () => {
    const leases = claimed();
    leases.answered(1, voter('a'), grant(1));
    const refusal = { slot: SLOT, epoch: 9, wait: 1_500 };
    leases.answered(2, voter('b'), { round: 1, granted: [], refused: [refusal] });
    expect(leases.handleTime(RENEW_EVERY)).toEqual([
      { kind: 'release', used: false, round: 1, slots: [SLOT] },
      { kind: 'failed', slot: SLOT, epoch: 9, retryAt: 1_502 },
    ]);
    expect(leases.has(SLOT)).toBe(false);
  });

  it('is not won by a grant to an earlier claim, which was given back', () => {
    const leases = claimed();
    leases.release(SLOT);
    leases.claim(100, SLOT, 7);
    leases.handleTime(100);
    leases.answered(101, voter('a'), grant(1));
    leases.answered(101, voter('b'), grant(1));
    expect(leases.isHeld(101, SLOT, 7)).toBe(false);
    leases.answered(102, voter('a'), grant(2));
    leases.answered(102, voter('b'), grant(2));
    expect(leases.isHeld(102, SLOT, 7)).toBe(true);
  });

  it('is not won so late that its role would have to stop at once', () => {
    const leases = claimed();
    const late = LEASE - STOP_MARGIN;
    leases.answered(late, voter('a'), grant(1));
    expect(leases.answered(late, voter('b'), grant(1))).toEqual([]);
  });

  it('listens to no answer to a round that was not asked, or is forgotten', () => {
    const leases = claimed();
    leases.answered(1, voter('a'), grant(1));
    for (let i = 1; i <= 20; i++) {
      leases.renew(i);
      leases.handleTime(i);
    }
    expect(leases.answered(30, voter('b'), grant(1))).toEqual([]);
    expect(leases.answered(30, voter('b'), grant(99))).toEqual([]);
  });

  it('asks again and again, for who refused may be free now', () => {
    const leases = claimed();
    const refusal = { slot: SLOT, epoch: 3, wait: 1_500 };
    for (const id of ['a', 'b'])
      leases.answered(1, voter(id), { round: 1, granted: [], refused: [refusal] });
    expect(leases.dueAt).toBe(100);
    expect(leases.handleTime(100)).toMatchObject([{ kind: 'ask', round: 2 }]);
    leases.answered(101, voter('a'), grant(2));
    expect(leases.answered(101, voter('b'), grant(2))).toMatchObject([{ kind: 'won' }]);
  });
});

describe('a lease whose voters change', () => {
  it('is firm once the new ones have renewed it, which they are told at once', () => {
    let tag = 'one';
    const leases = new Leases(() => ({ tag, isQuorum: ({ size }) => size >= 2 }));
    const renewed = (now: number, round: number): void => {
      for (const id of ['a', 'b']) leases.answered(now, voter(id), grant(round));
    };
    leases.claim(0, SLOT, 7);
    expect(leases.handleTime(0)).toMatchObject([{ tag: 'one', firm: true }]);
    renewed(1, 1);
    tag = 'two';
    leases.renew(10);
    expect(leases.handleTime(10)).toMatchObject([{ tag: 'two', firm: false }]);
    renewed(11, 2);
    expect(leases.dueAt).toBe(11);
    expect(leases.handleTime(11)).toMatchObject([{ tag: 'two', firm: true }]);
    renewed(12, 3);
    expect(leases.dueAt).toBe(11 + RENEW_EVERY);
  });
});
