import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan, type Member, type RolesView } from './plan.js';
import { slotId, type Slot } from './slot.js';

const member = (
  id: string,
  offers: Record<string, number>,
  more: Partial<Member> = {},
): Member => ({
  id,
  startedAt: 1,
  suspect: false,
  score: 0,
  ...more,
  offers: new Map(Object.entries(offers)),
});

const slot = (
  role: string,
  index: number,
  holder: string | null,
  more: Partial<Slot> = {},
): Slot => ({
  id: slotId(role, index),
  role,
  index,
  holder,
  life: 1,
  epoch: 1,
  state: 'running',
  ...more,
});

const view = (members: Member[], slots: Slot[] = []): RolesView => ({
  members,
  slots: new Map(slots.map((row) => [row.id, row])),
});

const takers = ({ openings }: ReturnType<typeof plan>): Record<string, string> =>
  Object.fromEntries(openings.map(({ id, candidates }) => [id, candidates[0]!]));

/** The view once every first candidate has taken its slot. */
function carriedOut({ members, slots }: RolesView): RolesView {
  const after = new Map(slots);
  const lives = new Map(members.map(({ id, startedAt }) => [id, startedAt]));
  for (const { id, role, index, candidates } of plan({ members, slots }).openings) {
    const [holder] = candidates;
    const epoch = (slots.get(id)?.epoch ?? 0) + 1;
    after.set(id, slot(role, index, holder!, { life: lives.get(holder!)!, epoch }));
  }
  return { members, slots: after };
}

describe('the plan', () => {
  it('gives an open slot to the least busy member that offers the role', () => {
    const members = [
      member('idle', { other: 1 }),
      member('calm', { mail: 1 }, { score: 1 }),
      member('busy', { mail: 1 }, { score: 2 }),
    ];
    expect(plan(view(members)).openings.find(({ role }) => role === 'mail')?.candidates).toEqual([
      'calm',
      'busy',
    ]);
  });

  it('leaves a slot with its living holder, however busy', () => {
    const members = [member('calm', { mail: 1 }), member('busy', { mail: 1 }, { score: 99 })];
    expect(plan(view(members, [slot('mail', 0, 'busy')])).openings).toEqual([]);
  });

  it('opens the slot of a holder that is gone, given up, or a new process under the old id', () => {
    const members = [member('a', { mail: 3 }), member('b', { mail: 3 }), member('c', { mail: 3 })];
    const slots = [
      slot('mail', 0, 'gone'),
      slot('mail', 1, null, { life: 0 }),
      slot('mail', 2, 'a', { life: 0.5 }),
    ];
    expect(Object.keys(takers(plan(view(members, slots))))).toEqual(['mail/0', 'mail/1', 'mail/2']);
  });

  it('counts what it gives a member against that member', () => {
    const members = [
      member('calm', { mail: 1, reports: 1 }, { score: 1 }),
      member('next', { mail: 1, reports: 1 }, { score: 1.05 }),
    ];
    expect(takers(plan(view(members)))).toEqual({ 'mail/0': 'calm', 'reports/0': 'next' });
  });

  it('counts a slot that is still starting, for its score does not know of it yet', () => {
    const members = [
      member('calm', { mail: 1, reports: 1 }, { score: 1 }),
      member('next', { mail: 1, reports: 1 }, { score: 1.05 }),
    ];
    const taker = (state: Slot['state']) =>
      takers(plan(view(members, [slot('mail', 0, 'calm', { state })])))['reports/0'];
    expect([taker('starting'), taker('running')]).toEqual(['next', 'calm']);
  });

  it('leaves the stalled what they hold, and gives them nothing new', () => {
    const members = [
      member('blocked', { mail: 2 }, { stalled: true }),
      member('busy', { mail: 2 }, { score: 9 }),
    ];
    expect(
      plan({ members, slots: new Map() }).openings.map(({ candidates }) => candidates),
    ).toEqual([['busy']]);
    const held = slot('mail', 0, 'blocked');
    const { openings, surrenders } = plan({ members, slots: new Map([[held.id, held]]) });
    expect(surrenders).toEqual([]);
    expect(openings.map(({ id, candidates }) => [id, candidates])).toEqual([['mail/1', ['busy']]]);
  });

  it('puts suspects last: who may be dead is no help', () => {
    const members = [
      member('silent', { mail: 1 }, { suspect: true }),
      member('busy', { mail: 1 }, { score: 50 }),
    ];
    expect(plan(view(members)).openings[0]?.candidates).toEqual(['busy', 'silent']);
  });

  it('spreads the slots of equals instead of giving all to the first by name', () => {
    const members = ['a', 'b', 'c', 'd'].map((id) => member(id, { mail: 1 }));
    const first = new Set(
      Array.from({ length: 40 }, (_, i) => {
        const offers = { [`role-${i}`]: 1 };
        return plan(view(members.map(({ id }) => member(id, offers)))).openings[0]?.candidates[0];
      }),
    );
    expect(first.size).toBe(4);
  });

  it('asks for as many instances as the newest deploy wants', () => {
    const members = [
      member('old', { mail: 3 }, { startedAt: 1 }),
      member('new', { mail: 1 }, { startedAt: 2 }),
    ];
    expect(plan(view(members)).wanted).toEqual(new Map([['mail', 1]]));
  });

  it('has the holder of a surplus slot give it up, and offers it to nobody', () => {
    const members = [member('a', { mail: 1 }), member('b', { mail: 1 })];
    const slots = [slot('mail', 0, 'a'), slot('mail', 1, 'b')];
    const { openings, surrenders } = plan(view(members, slots));
    expect(openings).toEqual([]);
    expect(surrenders).toEqual([{ slot: slots[1], why: 'surplus' }]);
  });

  it('keeps the lower of two slots of one role that a merge left on one node', () => {
    const members = [member('a', { mail: 2 }), member('b', { mail: 2 })];
    const slots = [slot('mail', 1, 'a'), slot('mail', 0, 'a')];
    const { surrenders } = plan(view(members, slots));
    expect(surrenders.map(({ slot: { index }, why }) => [index, why])).toEqual([[1, 'duplicate']]);
  });

  it('has a holder that no longer offers the role give it up', () => {
    const members = [member('a', {}), member('b', { mail: 1 })];
    expect(plan(view(members, [slot('mail', 0, 'a')])).surrenders[0]?.why).toBe('not-offered');
  });

  it('plans a slot that is being given up for the others, never for its holder', () => {
    const members = [member('a', { mail: 1 }), member('b', { mail: 1 }, { score: 5 })];
    const held = slot('mail', 0, 'a');
    expect(takers(plan(view(members, [held]), [held]))).toEqual({ 'mail/0': 'b' });
    expect(plan(view([members[0]!], [held]), [held]).openings).toEqual([]);
  });

  it('leaves the slot of a role that nobody offers alone', () => {
    const { openings, surrenders, wanted } = plan(view([member('a', {})], [slot('mail', 0, 'x')]));
    expect([openings, surrenders, wanted.size]).toEqual([[], [], 0]);
  });
});

const names = fc.constantFrom<string[]>('n1', 'n2', 'n3', 'n4', 'n5', 'n6');
const roles = fc.constantFrom<string[]>('mail', 'reports', 'sweep');
const members = fc.uniqueArray(
  fc.record({
    id: names,
    startedAt: fc.integer({ min: 1, max: 3 }),
    suspect: fc.boolean(),
    score: fc.constantFrom(0, 0.05, 0.1, 1, 50),
    offers: fc
      .array(fc.tuple(roles, fc.integer({ min: 1, max: 8 })), { maxLength: 3 })
      .map((entries) => new Map(entries)),
  }),
  { selector: ({ id }) => id, maxLength: 6 },
);
const slots = fc.uniqueArray(
  fc
    .record({
      role: roles,
      index: fc.integer({ min: 0, max: 8 }),
      holder: fc.option(names),
      life: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ role, index, holder, life }) => slot(role, index, holder, { life })),
  { selector: ({ id }) => id, maxLength: 12 },
);

describe('any plan', () => {
  it('is the same from any order of members and slots', () => {
    fc.assert(
      fc.property(members, slots, fc.integer(), (someMembers, someSlots, turn) => {
        const rotated = <T>(items: T[]): T[] =>
          items.map((_, i) => items[(((i + turn) % items.length) + items.length) % items.length]!);
        const there = plan(view(someMembers, someSlots));
        const here = plan(view(rotated(someMembers).toReversed(), rotated(someSlots)));
        expect(here.openings).toEqual(there.openings);
        expect(here.surrenders).toEqual(there.surrenders);
      }),
    );
  });

  it('once carried out, changes nothing more', () => {
    fc.assert(
      fc.property(members, slots, (someMembers, someSlots) => {
        expect(plan(carriedOut(view(someMembers, someSlots))).openings).toEqual([]);
      }),
    );
  });

  it('gives each role min(instances, able nodes) holders, each on a node of its own', () => {
    fc.assert(
      fc.property(members, (someMembers) => {
        const planned = view(someMembers);
        const { wanted } = plan(planned);
        const after = [...carriedOut(planned).slots.values()];
        for (const [role, instances] of wanted) {
          const able = someMembers.filter(({ offers }) => offers.has(role)).length;
          const holders = after.filter((row) => row.role === role).map(({ holder }) => holder);
          expect(holders).toHaveLength(Math.min(instances, able));
          expect(new Set(holders).size).toBe(holders.length);
        }
      }),
    );
  });

  it('never names a candidate that holds the role already, or does not offer it', () => {
    fc.assert(
      fc.property(members, slots, (someMembers, someSlots) => {
        const lives = new Map(someMembers.map(({ id, startedAt }) => [id, startedAt]));
        for (const { role, candidates } of plan(view(someMembers, someSlots)).openings) {
          for (const candidate of candidates) {
            expect(someMembers.find(({ id }) => id === candidate)?.offers.has(role)).toBe(true);
            const holds = someSlots.some(
              (row) =>
                row.role === role && row.holder === candidate && row.life === lives.get(candidate),
            );
            expect(holds).toBe(false);
          }
        }
      }),
    );
  });
});
