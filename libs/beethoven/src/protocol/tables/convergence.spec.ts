import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { TableWorld, type TableNode } from './replicator.fixture.js';

const HOUR = 3_600_000;
const SKEWS = [0, HOUR, -HOUR, 30_000, -5_000];
const RUNS = Number(process.env['TABLE_FUZZ_RUNS'] ?? 300);

type Action = readonly [kind: string, a: number, b: number];

const number = fc.nat(1_000);
const action = (kind: string, weight: number) => ({
  weight,
  arbitrary: fc.tuple(fc.constant(kind), number, number),
});
const actions = fc.array(
  fc.oneof(
    action('put', 8),
    action('delete', 6),
    action('add', 2),
    action('flush', 4),
    action('deliver', 10),
    action('tidy', 5),
    action('cut', 3),
    action('heal', 3),
    action('heal all', 1),
    action('settle', 1),
    action('lose', 1),
    action('crash', 1),
    action('start', 1),
    action('keep', 4),
    action('come back', 2),
  ),
  { minLength: 10, maxLength: 120, size: 'max' },
);

/** Plays a script on four nodes; returns the rows that must be there in the end. */
function play(world: TableWorld, script: readonly Action[]): { id: string; by: TableNode }[] {
  const added: { id: string; by: TableNode }[] = [];
  const gone: TableNode[] = [];
  let names = 0;
  const start = (): void => void world.start(`n${names}`, SKEWS[names++ % SKEWS.length]);
  for (let i = 0; i < 4; i++) start();
  const node = (n: number): TableNode => world.nodes[n % world.nodes.length]!;

  for (const [kind, a, b] of script) {
    world.now += b % 7 === 0 ? 1_500 : b % 3;
    if (kind === 'put') node(a).put({ id: `k${b % 4}`, value: a * b });
    else if (kind === 'delete') node(a).delete(`k${b % 4}`);
    else if (kind === 'add') {
      const id = `u${added.length}`;
      node(a).put({ id });
      added.push({ id, by: node(a) });
    } else if (kind === 'flush') node(a).replicator.flush();
    else if (kind === 'deliver') for (let i = 0; i < (b % 10) + 1; i++) world.step(a + i * b);
    else if (kind === 'tidy') node(a).replicator.tidy(node(a).now);
    else if (kind === 'cut') world.cut(node(a), node(b), (a % 3) / 2);
    else if (kind === 'heal') world.link(node(a), node(b));
    else if (kind === 'heal all') {
      for (const one of world.nodes)
        for (const other of world.nodes) if (one !== other) world.link(one, other);
    } else if (kind === 'settle') world.settle(4);
    else if (kind === 'lose') world.lose(a);
    else if (kind === 'crash' && world.nodes.length > 2) {
      const dead = node(a);
      world.crash(dead, (b % 3) / 2);
      gone.push(dead);
    } else if (kind === 'keep') node(a).keep();
    else if (kind === 'come back') {
      // Its own disc, however old: with what it had not kept it forgets what it had seen.
      const [dead] = gone.splice(a % Math.max(1, gone.length), 1);
      if (dead !== undefined) world.start(dead.name, dead.skew, { kept: dead.kept });
    } else if (kind === 'start' && world.nodes.length < 6) start();
  }
  for (const one of world.nodes)
    for (const other of world.nodes) if (one !== other) world.link(one, other);
  return added;
}

describe('copies of a table', () => {
  it('have the same rows after any partitions, crashes, losses and wrong clocks', () => {
    fc.assert(
      fc.property(fc.nat(), actions, (seed, script) => {
        const world = new TableWorld(new SeededRandom(seed));
        const added = play(world, script);
        world.settle();

        const [first, ...others] = world.nodes.map((node) => node.contents());
        for (const contents of others) expect(contents).toBe(first);
        for (const { table } of world.nodes) expect(table.tombstones).toBe(0);
        for (const { id, by } of added) if (by.alive) expect(by.table.get(id)).toEqual({ id });
      }),
      { numRuns: RUNS },
    );
  });
});

it('what is deleted is forgotten after about as many rounds as there are copies, whatever chance wills', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const world = new TableWorld(new SeededRandom(seed));
      const nodes = Array.from({ length: 30 }, (_, i) => world.start(`n${i}`));
      world.settle(5);
      nodes[0]!.put({ id: 'a' });
      nodes[1]!.put({ id: 'b' });
      world.settle(5);
      nodes[2]!.delete('a');
      world.settle(31);
      expect(nodes.map(({ table }) => table.tombstones)).toEqual(nodes.map(() => 0));
    }),
    { numRuns: 10 },
  );
});
