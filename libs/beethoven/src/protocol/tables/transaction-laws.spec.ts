import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { TableWorld, type TableNode } from './replicator.fixture.js';
import { DEADLINE } from './transactions.js';
import type { TransactionView } from './transaction-view.js';

const RUNS = Number(process.env['TABLE_FUZZ_RUNS'] ?? 60);
const ACCOUNTS = 4;

const number = fc.nat(1_000);
const step = (kind: string, weight: number) => ({
  weight,
  arbitrary: fc.tuple(fc.constant(kind), number, number),
});
type Step = ReturnType<typeof step>;
const steps = (...kinds: Step[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 20, maxLength: 100, size: 'max' });

const CALM = [
  step('move', 8),
  step('deliver', 12),
  step('flush', 3),
  step('later', 3),
  step('tidy', 2),
  step('suspect', 1),
];
const FAULTS = [step('lose', 1), step('crash', 1)];
const PARTITIONS = [
  step('pair', 8),
  step('deliver', 10),
  step('flush', 3),
  step('later', 2),
  step('tidy', 1),
  step('cut', 2),
  step('heal', 2),
];

const balance = (view: TransactionView, account: string): number =>
  Number(view.get(account)?.['balance'] ?? 0);

/** Moves some from one account to another, and leaves a receipt: three rows, of which nobody may ever see some. */
const move = (from: number, to: number, receipt: string) => (view: TransactionView) => {
  for (const [account, change] of [
    [`account${from}`, -1],
    [`account${to}`, 1],
  ] as const)
    view.write({
      key: account,
      row: { id: account, balance: balance(view, account) + change },
    });
  view.write({ key: receipt, row: { id: receipt, from, to } });
};

/** What the accounts say, and what the receipts say that they should. */
function books({ table }: TableNode): { found: number[]; expected: number[] } {
  const found = Array.from({ length: ACCOUNTS }, () => 0);
  const expected = Array.from({ length: ACCOUNTS }, () => 0);
  for (const row of table.rows()) {
    if (row['balance'] !== undefined)
      found[Number(String(row['id']).slice('account'.length))] = Number(row['balance']);
    else {
      expected[Number(row['from'])]!--;
      expected[Number(row['to'])]!++;
    }
  }
  return { found, expected };
}

const expectWhole = (node: TableNode): void => {
  const { found, expected } = books(node);
  expect(found).toEqual(expected);
};

/** Two rows that are only ever written together, now the one first, now the other, under clocks that are off by a little. */
const writePair = (value: number) => (view: TransactionView) => {
  const rows = [`left`, `right`].map((id) => ({ id, value }));
  for (const row of value % 2 === 0 ? rows : rows.toReversed()) view.write({ key: row.id, row });
};

const expectPair = ({ table }: TableNode): void =>
  expect(table.get('left')?.['value']).toBe(table.get('right')?.['value']);

/** A receipt that was acknowledged, and the copies that had it then. */
interface Acknowledged {
  readonly receipt: string;
  readonly on: readonly TableNode[];
}

/** Plays a script on four nodes, and lets them come to rest. @returns what was acknowledged */
async function play(
  world: TableWorld,
  script: readonly (readonly [kind: string, a: number, b: number])[],
  look: (node: TableNode) => void = () => {},
): Promise<Acknowledged[]> {
  const afterEach = (): void => world.nodes.forEach(look);
  for (let i = 0; i < 4; i++) {
    const started = world.start(`n${i}`);
    started.gathers = true;
    started.watcher = () => look(started);
  }
  world.deliverAll();
  const acknowledged: Acknowledged[] = [];
  let receipts = 0;
  const node = (n: number): TableNode => world.nodes[n % world.nodes.length]!;

  for (const [kind, a, b] of script) {
    if (kind === 'move') {
      const receipt = `r${receipts++}`;
      const from = a % ACCOUNTS;
      const to = (from + 1 + (b % (ACCOUNTS - 1))) % ACCOUNTS;
      const by = node(b);
      const acknowledge = (): void => {
        const on = world.nodes.filter(({ table }) => table.get(receipt) !== undefined);
        if (by.alive) acknowledged.push({ receipt, on }); // the dead tell nobody
      };
      by.transaction(move(from, to, receipt)).then(acknowledge, () => undefined);
    } else if (kind === 'deliver') for (let i = 0; i < (b % 8) + 1; i++) world.step(a + i * b);
    else if (kind === 'flush') node(a).replicator.flush();
    else if (kind === 'later') {
      world.now += b % 700;
      for (const each of world.nodes) each.replicator.handleTime(each.now);
    } else if (kind === 'tidy') node(a).replicator.tidy(node(a).now);
    else if (kind === 'pair')
      node(a)
        .transaction(writePair(b))
        .catch(() => undefined);
    else if (kind === 'cut') world.cut(node(a), node(b), (a % 3) / 2);
    else if (kind === 'heal') world.link(node(a), node(b));
    else if (kind === 'lose') world.lose(a);
    else if (kind === 'crash' && world.nodes.length > 2) world.crash(node(a), (b % 3) / 2);
    else if (kind === 'suspect' && node(a) !== node(b)) node(a).suspects(node(b));
    afterEach();
    // oxlint-disable-next-line no-await-in-loop -- what is acknowledged is acknowledged now
    await Promise.resolve();
  }
  for (const one of world.nodes)
    for (const other of world.nodes)
      if (one !== other) {
        world.link(one, other);
        one.sees(other, true);
      }
  for (let waited = 0; waited < DEADLINE; waited += 250) {
    world.now += 250;
    for (const each of world.nodes) {
      each.replicator.flush();
      each.replicator.handleTime(each.now);
    }
    world.deliverAll();
    afterEach();
  }
  world.settle();
  await new Promise((resolve) => setImmediate(resolve));
  return acknowledged;
}

/** That what was acknowledged is everywhere, where one of its copies has lived, and the copies are equal. */
function expectKept(world: TableWorld, acknowledged: readonly Acknowledged[]): void {
  const lasting = acknowledged.filter(({ on }) => on.some(({ alive }) => alive));
  for (const { table } of world.nodes)
    for (const { receipt } of lasting) expect(table.get(receipt)).toBeDefined();
  const [first, ...others] = world.nodes.map((each) => each.contents());
  for (const contents of others) expect(contents).toBe(first);
}

describe('transactions', () => {
  it('are seen whole or not at all, on every copy, at every moment and by every watcher', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), steps(...CALM), async (seed, script) => {
        const world = new TableWorld(new SeededRandom(seed));
        const acknowledged = await play(world, script, expectWhole);
        expectKept(world, acknowledged);
      }),
      { numRuns: RUNS },
    );
  });

  for (const [fault, name] of [
    ['lose', 'a copy misses messages'],
    ['crash', 'those who decide die in mid-sentence'],
  ] as const)
    it(`are seen whole, and in their order, at every moment when ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), steps(...CALM, step(fault, 2)), async (seed, script) => {
          const world = new TableWorld(new SeededRandom(seed));
          const acknowledged = await play(world, script, expectWhole);
          expectKept(world, acknowledged);
        }),
        { numRuns: RUNS },
      );
    });

  it('of two sides of a partition come one after the other once the sides meet, each whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), steps(...PARTITIONS), async (seed, script) => {
        const world = new TableWorld(new SeededRandom(seed));
        await play(world, script, expectPair);
        expectKept(world, []);
      }),
      { numRuns: RUNS },
    );
  });

  it('that were acknowledged are not lost when nodes die and messages are lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), steps(...CALM, ...FAULTS), async (seed, script) => {
        const world = new TableWorld(new SeededRandom(seed));
        const acknowledged = await play(world, script);
        expectKept(world, acknowledged);
        world.nodes.forEach(expectWhole);
      }),
      { numRuns: RUNS },
    );
  });
});
