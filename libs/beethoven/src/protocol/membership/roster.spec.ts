import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { ALL_PARTS, hashOf, partOf } from './digest.js';
import { cardOf, nameOf } from './membership.fixture.js';
import { STATUSES, isLive, type MemberState, type Standing } from './member-state.js';
import { Roster } from './roster.js';

const rosterOf = (limits = {}): Roster =>
  new Roster(new SeededRandom(1), cardOf('me'), {
    live: 4,
    departed: 3,
    memory: 1_000,
    ...limits,
  });

const state = (name: string, status: Standing, lastChange = 0, incarnation = 1): MemberState => ({
  card: { ...cardOf(name), incarnation },
  status,
  phase: 0,
  lastChange,
});

const known = (roster: Roster): string =>
  roster
    .states()
    .map(({ card }) => nameOf(card.id))
    .toSorted()
    .join('');

describe('the roster', () => {
  it('picks among the live and remembers the departed', () => {
    const roster = rosterOf();
    roster.put(state('a', 'alive'));
    roster.put(state('b', 'suspect'));
    roster.put(state('c', 'down'));
    roster.put(state('a', 'left'));
    expect(roster.size).toBe(2);
    expect(roster.live.sample(3, () => true)).toEqual([roster.get(cardOf('b').id)]);
    expect(known(roster)).toBe('abc');
  });

  it('has no room for a live member beyond its limit, and changes nothing then', () => {
    const roster = rosterOf();
    for (const name of ['a', 'b', 'c', 'd']) roster.put(state(name, 'alive'));
    roster.put(state('x', 'down'));
    const { version, digest } = roster;
    expect(roster.put(state('e', 'alive'))).toBeUndefined();
    expect(roster.put(state('x', 'alive', 0, 2))).toBeUndefined();
    expect([roster.version, roster.digest, known(roster)]).toEqual([version, digest, 'abcdx']);
    expect(roster.put(state('a', 'suspect'))).toBeDefined();
  });

  it('forgets the first to depart when too many have', () => {
    const roster = rosterOf();
    for (const name of ['a', 'b', 'c', 'd', 'e']) roster.put(state(name, 'down'));
    expect(known(roster)).toBe('cde');
  });

  it('forgets the departed after a time', () => {
    const roster = rosterOf();
    roster.put(state('a', 'down', 0));
    roster.put(state('b', 'left', 500));
    roster.put(state('c', 'alive', 0));
    roster.forgetOld(1_200);
    expect(known(roster)).toBe('bc');
  });

  it('keeps a departed member for as long as a link leads to it: it may be about to contradict', () => {
    const roster = rosterOf();
    const member = roster.put(state('a', 'down', 0));
    roster.link(member!, member!.state.card);
    for (const name of ['b', 'c', 'd', 'e']) roster.put(state(name, 'down', 900));
    roster.forgetOld(1_200);
    expect(known(roster)).toBe('ade');
    roster.unlink(member!);
    roster.forgetOld(1_200);
    expect(known(roster)).toBe('de');
  });

  it('tells a view with itself, and how long ago the departed departed', () => {
    const roster = rosterOf();
    roster.put(state('a', 'suspect', 100));
    roster.put(state('b', 'down', 300));
    const view = roster.view(1_000, ALL_PARTS);
    const told = view.flatMap((rumors, part) =>
      rumors.map(({ card, ...rest }) => [nameOf(card.id), part === partOf(hashOf(card.id)), rest]),
    );
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        ['a', true, { status: 'suspect', phase: 0 }],
        ['b', true, { status: 'down', age: 700 }],
        ['me', true, { status: 'alive', phase: 0 }],
      ]),
    );
  });
});

/** What somebody believes who is told the outcome at once. */
const shortcut = (roster: Roster): Roster => {
  const other = rosterOf();
  for (const belief of roster.states()) if (isLive(belief.status)) other.put(belief);
  return other;
};

describe('the digest of a view', () => {
  const beliefs = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      status: fc.constantFrom(...STATUSES),
      incarnation: fc.nat(2),
    }),
  );

  it('depends on what is believed of the live, and not on how it came about', () => {
    fc.assert(
      fc.property(beliefs, (list) => {
        const roster = rosterOf();
        for (const { name, status, incarnation } of list) {
          roster.put(state(name, status, 0, incarnation));
        }
        expect(roster.digest).toBe(shortcut(roster).digest);
      }),
    );
  });

  it('differs in that part alone where a belief differs', () => {
    const rosters = ['alive', 'suspect'].map((status) => {
      const roster = rosterOf();
      roster.put(state('a', 'alive'));
      roster.put(state('b', status as Standing));
      return roster.digests;
    });
    const differing = rosters[0]!.flatMap((own, part) => (own === rosters[1]![part] ? [] : part));
    expect(differing).toEqual([partOf(hashOf(cardOf('b').id))]);
  });

  it('differs where one belief does', () => {
    const digests = ['alive', 'suspect', 'down'].map((status) => {
      const roster = rosterOf();
      roster.put(state('a', status as Standing));
      return roster.digest;
    });
    const raised = rosterOf();
    raised.put(state('a', 'alive', 0, 2));
    expect(new Set([...digests, raised.digest]).size).toBe(4);
  });

  it('is the same on two nodes that believe the same, each of itself and the other', () => {
    const [one, other] = [cardOf('x'), cardOf('y')];
    const rosters = [one, other].map(
      (self) => new Roster(new SeededRandom(1), self, { live: 9, departed: 9, memory: 9 }),
    );
    rosters[0]!.put({ card: other, status: 'alive', phase: 0, lastChange: 1 });
    rosters[1]!.put({ card: one, status: 'alive', phase: 0, lastChange: 2 });
    expect(rosters[0]!.digest).toBe(rosters[1]!.digest);
    rosters[0]!.self = { ...one, incarnation: one.incarnation + 1 };
    expect(rosters[0]!.digest).not.toBe(rosters[1]!.digest);
    rosters[1]!.put({ card: rosters[0]!.self, status: 'alive', phase: 0, lastChange: 2 });
    expect(rosters[0]!.digest).toBe(rosters[1]!.digest);
  });
});
