import { afterEach, describe, expect, it, vi } from 'vitest';
import { DepartedRows } from '../../libs/beethoven/src/allocator/departed-rows.js';
import { Beliefs } from '../../libs/beethoven/src/protocol/membership/beliefs.js';
import { Membership } from '../../libs/beethoven/src/protocol/membership/membership.js';
import { Electors } from '../../libs/beethoven/src/protocol/quorum/electors.js';
import { StaticQuorum } from '../../libs/beethoven/src/protocol/quorum/static-quorum.js';
import { Voter } from '../../libs/beethoven/src/protocol/quorum/voter.js';
import { Coordinator, type Request } from '../../libs/beethoven/src/protocol/tables/coordinator.js';
import { TableReplica } from '../../libs/beethoven/src/protocol/tables/table-replica.js';
import { TransactionView } from '../../libs/beethoven/src/protocol/tables/transaction-view.js';
import { SlotKeeper } from '../../libs/beethoven/src/role-mgmt/slot-keeper.js';
import { SlotLedger } from '../../libs/beethoven/src/role-mgmt/slot-ledger.js';
import { SeededRandom } from '../../libs/beethoven/src/testing/seeded-random.js';
import { SimulatedConnection } from '../../libs/beethoven/src/testing/simulated-connection.js';
import { judge } from './seed.js';
import { simulate } from './simulation.js';
import type { Script } from './script.js';

/** A deliberate mistake in the framework, and the law that has to notice. */
interface Mutant {
  readonly mistake: string;
  readonly law: string;
  readonly make: () => void;
  readonly script: Omit<Script, 'seed' | 'nodes' | 'spread'> & Partial<Script>;
}

const quorum = { strategy: 'static-quorum', quorumSize: 2 } as const;
const cut: Script['steps'] = [
  [6_000, { kind: 'partition', sides: [[1], [2], [3]], for: 10_000 }],
  [10_000, { kind: 'heal' }],
];

const partition: Script['steps'] = [
  [6_000, { kind: 'crash', node: 1 }],
  [0, { kind: 'partition', sides: [[2], [3]], for: 10_000 }],
  [16_000, { kind: 'heal' }],
];

/** Has every transaction decided as another one. */
function decided(other: (request: Request) => Partial<Request>): void {
  const handle = Coordinator.prototype.handle;
  vi.spyOn(Coordinator.prototype, 'handle').mockImplementation(function (
    this: Coordinator,
    request,
    ...rest
  ) {
    handle.call(this, { ...request, ...other(request) }, ...rest);
  });
}

const MUTANTS: readonly Mutant[] = [
  {
    mistake: 'a minority counts as a quorum',
    law: 'a slot of a quorum role never has two holders',
    make: () => vi.spyOn(StaticQuorum.prototype, 'isQuorum').mockReturnValue(true),
    script: { splitBrain: quorum, steps: cut },
  },
  {
    mistake: 'a voter grants to everybody',
    law: 'a slot of a quorum role never has two holders',
    make: () =>
      vi.spyOn(Voter.prototype, 'ask').mockImplementation((_now, _from, { round, slots }) => {
        return { round, granted: slots.map(([slot]) => slot), refused: [] };
      }),
    script: { splitBrain: quorum, steps: cut },
  },
  {
    mistake: 'nobody takes a slot that is open again',
    law: 'after the faults, all live nodes become one cluster with the same members, roles and rows',
    make: () => {
      const claim = SlotLedger.prototype.claim;
      const taken = new Set<string>();
      vi.spyOn(SlotLedger.prototype, 'claim').mockImplementation(function (
        this: SlotLedger,
        openings,
        wants,
      ) {
        if (openings.some(({ id }) => taken.has(id))) throw new Error('Not again!');
        for (const { id } of openings) taken.add(id);
        return claim.call(this, openings, wants);
      });
    },
    script: { steps: [[6_000, { kind: 'crash', node: 1 }]] },
  },
  {
    mistake: 'nobody stops what has moved on',
    law: 'a holder is told in the moment in which its node learns that the slot has moved on',
    make: () => vi.spyOn(SlotKeeper.prototype, 'stopSuperseded').mockReturnValue(),
    script: { steps: [[6_000, { kind: 'freeze', node: 1, for: 20_000 }]] },
  },
  {
    mistake: 'a death condemns everybody',
    law: 'no node is declared down that runs, or says that it is stalled',
    make: () => {
      const linkDown = Membership.prototype.linkDown;
      vi.spyOn(Membership.prototype, 'linkDown').mockImplementation(function (
        this: Membership,
        now,
        ...lost
      ) {
        const effects = [...linkDown.call(this, now, ...lost)];
        for (const { card } of this.members())
          for (const kind of ['suspect', 'down'] as const)
            effects.push(...this.handleVerdict(now, { kind, ...card }));
        return effects;
      });
    },
    script: { steps: [[6_000, { kind: 'crash', node: 1 }]] },
  },
  {
    mistake: 'who leaves says no goodbye',
    law: 'a node that leaves as it should has left, and is not down',
    make: () => {
      const linkDown = Membership.prototype.linkDown;
      vi.spyOn(Membership.prototype, 'leave').mockReturnValue([]);
      vi.spyOn(Membership.prototype, 'linkDown').mockImplementation(function (
        this: Membership,
        now,
        id,
      ) {
        return linkDown.call(this, now, id, 'lost');
      });
    },
    script: { steps: [[6_000, { kind: 'drain', node: 1 }]] },
  },
  {
    mistake: 'a slot is claimed under the epoch that it had',
    law: 'the epochs of a slot grow with each holder',
    make: () => {
      const write = TransactionView.prototype.write;
      vi.spyOn(TransactionView.prototype, 'write').mockImplementation(function (
        this: TransactionView,
        { key, row },
      ) {
        write.call(this, { key, row: row && 'epoch' in row ? { ...row, epoch: 1 } : row });
      });
    },
    script: { steps: [[6_000, { kind: 'crash', node: 1 }]] },
  },
  {
    mistake: 'two sides may count to the same epoch',
    law: 'the epoch of who holds a slot is above all that others have held it under',
    make: () => vi.spyOn(SlotLedger.prototype, 'raise').mockResolvedValue(),
    script: { steps: partition },
  },
  {
    mistake: 'who holds what others hold goes on',
    law: 'soon after the network is whole again, no slot has two holders',
    make: () => vi.spyOn(SlotKeeper.prototype, 'stopSuperseded').mockReturnValue(),
    script: { steps: partition },
  },
  {
    mistake: 'voters that leave are not taken out',
    law: 'after the faults, all live nodes become one cluster with the same members, roles and rows',
    make: () => vi.spyOn(Electors.prototype, 'leave').mockReturnValue([]),
    script: {
      splitBrain: { strategy: 'keep-majority' },
      steps: [
        [6_000, { kind: 'terminate', node: 1 }],
        [0, { kind: 'terminate', node: 2 }],
      ],
    },
  },
  {
    mistake: 'a rumour brings a dead life back',
    law: 'a life that is over never returns',
    make: () => {
      const believe = Beliefs.prototype.believe;
      vi.spyOn(Beliefs.prototype, 'believe').mockImplementation(function (
        this: Beliefs,
        now,
        card,
        status,
        ...rest
      ) {
        const member = believe.call(this, now, card, status, ...rest);
        return status === 'down' ? believe.call(this, now, card, 'alive', now) : member;
      });
    },
    script: { steps: [[6_000, { kind: 'crash', node: 1 }]] },
  },
  {
    mistake: 'a transaction goes through whatever it has read',
    law: 'of two increments, one sees the other',
    make: () => decided(() => ({ reads: [], count: -1 })),
    script: {
      steps: [
        [6_000, { kind: 'count', node: 1, counter: 'a' }],
        [0, { kind: 'count', node: 2, counter: 'a' }],
      ],
    },
  },
  {
    mistake: 'a transaction deletes what another one has written',
    law: 'an acknowledged row is not lost while a copy of it lives',
    make: () =>
      decided(({ writes }) => ({
        writes: writes.map((write) =>
          write.key === 'o2' ? { ...write, key: 'o1', row: undefined } : write,
        ),
      })),
    script: {
      steps: [
        [6_000, { kind: 'order', node: 1 }],
        [1_000, { kind: 'order', node: 2 }],
      ],
    },
  },
  {
    mistake: 'who talks nonsense may stay',
    law: 'a node at rest has a few timers, and one connection to each other',
    make: () => vi.spyOn(SimulatedConnection.prototype, 'destroy').mockReturnValue(),
    script: { steps: [[6_000, { kind: 'noise', node: 1, says: [[0xc1]] }]] },
  },
  {
    mistake: 'nobody removes the rows of the dead',
    law: 'what is gone is forgotten in the end',
    make: () => vi.spyOn(DepartedRows.prototype, 'start').mockReturnValue(),
    script: { seed: 5, steps: [[6_000, { kind: 'crash', node: 1 }]] },
  },
  {
    mistake: 'nobody removes what was deleted',
    law: 'what is gone is forgotten in the end',
    make: () => vi.spyOn(TableReplica.prototype, 'collect').mockReturnValue(true),
    script: {
      seed: 5,
      steps: [
        [6_000, { kind: 'put', node: 1, key: 'a' }],
        [9, { kind: 'delete', node: 1, key: 'a' }],
      ],
    },
  },
  {
    mistake: 'what others write is taken for known',
    law: 'after the faults, all live nodes become one cluster with the same members, roles and rows',
    make: () => vi.spyOn(TableReplica.prototype, 'merge').mockReturnValue([]),
    script: { steps: [[6_000, { kind: 'put', node: 1, key: 'a' }]] },
  },
];

/** Scripts that keep the laws without a mistake. */
const kept = new Set<unknown>();

afterEach(() => void vi.restoreAllMocks());

describe('the simulation notices', () => {
  it.each(MUTANTS)('when $mistake', async ({ law, make, script }) => {
    const whole = { seed: 1, nodes: 3, spread: 0, ...script };
    if (!kept.has(script.steps)) await simulate(whole);
    kept.add(script.steps);
    make();
    await expect(simulate(whole)).rejects.toThrow(law);
  });

  it('when chance comes from elsewhere than the seed', async () => {
    const seed = 2_000_010; // one of those that run twice
    expect((await judge(seed, 3)).failure).toBeUndefined();
    let drawn = 0;
    const float = SeededRandom.prototype.float;
    vi.spyOn(SeededRandom.prototype, 'float').mockImplementation(function (this: SeededRandom) {
      return (float.call(this) + ++drawn * 1e-3) % 1;
    });
    expect((await judge(seed, 3)).failure?.law).toBe('same seed, same run');
  });
});
