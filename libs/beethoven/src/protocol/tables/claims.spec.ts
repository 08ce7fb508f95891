import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { TableWorld, type TableNode } from './replicator.fixture.js';
import type { TransactionView } from './transaction-view.js';

/** Three copies, the first of which has decided before. */
function world() {
  const made = new TableWorld(new SeededRandom(1));
  const [a, b, c] = ['a', 'b', 'c'].map((name) => made.start(name)) as [
    TableNode,
    TableNode,
    TableNode,
  ];
  made.deliverAll();
  const first = a.transaction((view) => view.write({ key: 'sum', row: { id: 'sum', value: 0 } }));
  made.deliverAll();
  return { world: made, a, b, c, first };
}

/** Adds to the sum, and leaves a receipt. */
const add = (receipt: string) => (view: TransactionView) => {
  view.write({ key: 'sum', row: { id: 'sum', value: Number(view.get('sum')?.['value']) + 1 } });
  view.write({ key: receipt, row: { id: receipt } });
};
const contents = ({ table }: TableNode): string[] =>
  [...table.rows()].map(({ id, value }) => String(value ?? id)).toSorted();

describe('who takes over a table', () => {
  it('finishes a transaction of which one copy has heard, before it decides', async () => {
    const { world: w, a, b, c } = world();
    void a.transaction(add('first'));
    w.stepFrom(a, c); // and not b, which is the next in line
    w.crash(a);
    expect([contents(b), contents(c)]).toEqual([['0'], ['1', 'first']]);
    const second = b.transaction(add('second'));
    w.deliverAll();
    await second;
    expect(contents(b)).toEqual(['2', 'first', 'second']);
    w.settle();
    expect(contents(c)).toEqual(['2', 'first', 'second']);
  });

  it('waits for a copy to which the one before still may speak', async () => {
    const { world: w, a, b, c } = world();
    void a.transaction(add('first'));
    w.loseFrom(a, b);
    w.cut(a, b);
    const second = b.transaction(add('second'));
    while (w.stepFrom(b, c) || w.stepFrom(c, b));
    expect(contents(b)).toEqual(['0']);
    w.stepFrom(a, c);
    w.cut(a, c);
    w.deliverAll();
    await second;
    expect(contents(b)).toEqual(['2', 'first', 'second']);
  });

  it('hears the other copies again when it was stalled, before it decides what it was asked', async () => {
    const { world: w, a, b, c } = world();
    const see = (stalled: boolean): void => {
      for (const node of [b, c]) {
        node.members = node.members.map((one) =>
          one.id === 'a' ? { ...one, suspect: stalled, stalled } : one,
        );
        node.replicator.membersChanged(node.now);
      }
    };
    see(true);
    const second = b.transaction(add('second'));
    while (w.stepFrom(b, c) || w.stepFrom(c, b));
    await second;
    a.replicator.awake();
    const first = a.transaction(add('first'));
    expect(contents(a)).toEqual(['0']);
    see(false);
    w.deliverAll();
    w.settle();
    await first;
    for (const node of [a, b, c]) expect(contents(node)).toEqual(['2', 'first', 'second']);
  });

  it('asks again where its question was lost', async () => {
    const { world: w, a, b } = world();
    w.crash(a);
    const second = b.transaction(add('second'));
    w.drop();
    for (let i = 0; i < 20; i++) {
      w.now += 50;
      b.replicator.handleTime(b.now);
      w.deliverAll();
    }
    await expect(second).resolves.toBeUndefined();
  });

  it('goes without a member that it cannot reach', async () => {
    const { world: w, a, b } = world();
    w.crash(a);
    b.members = [...b.members, { id: 'far', startedAt: w.now + 99, suspect: false }];
    const second = b.transaction(add('second'));
    w.deliverAll();
    expect(contents(b)).toEqual(['0']);
    for (let i = 0; i < 20; i++) {
      w.now += 50;
      b.replicator.handleTime(b.now);
      w.deliverAll();
    }
    await expect(second).resolves.toBeUndefined();
  });

  it('hears the others anew when it has not decided for a while', async () => {
    const { world: w, a, b, c } = world();
    w.cut(a, b);
    w.cut(a, c);
    const alone = b.transaction(add('second'));
    w.deliverAll();
    await alone;
    w.link(a, b);
    w.link(a, c);
    w.settle();
    void a.transaction(add('third'));
    w.deliverAll();
    void a.transaction(add('fourth'));
    w.stepFrom(a, c);
    w.crash(a);
    const fifth = b.transaction(add('fifth'));
    w.deliverAll();
    await fifth;
    expect(contents(b)).toEqual(['4', 'fifth', 'fourth', 'second', 'third']);
  });
});
