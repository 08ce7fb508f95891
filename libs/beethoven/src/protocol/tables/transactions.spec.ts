import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { MAX_PENDING } from './coordinator.js';
import { TableWorld, type TableNode } from './replicator.fixture.js';
import type { TransactionView } from './transaction-view.js';
import { DEADLINE, MAX_CONFLICTS, MAX_RUNNING } from './transactions.js';

function world(nodes = 3, schema?: ConstructorParameters<typeof TableWorld>[1]) {
  const made = new TableWorld(new SeededRandom(1), schema);
  const started = Array.from({ length: nodes }, (_, i) => made.start(`n${i}`));
  made.deliverAll();
  // The first has decided before: it has heard the others.
  void started[0]?.transaction((view) => view.write({ key: 'none', row: undefined }));
  made.deliverAll();
  return { world: made, nodes: started as [TableNode, TableNode, TableNode] };
}

const increment = (view: TransactionView): number => {
  const value = Number(view.get('n')?.['value'] ?? 0) + 1;
  view.write({ key: 'n', row: { id: 'n', value } });
  return value;
};
const value = (node: TableNode) => node.table.get('n')?.['value'];

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => void (settled = true);
  promise.then(settle, settle);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('a transaction', () => {
  it('settles in the turn in which it begins, on a node that is alone', () => {
    const { nodes } = world(1);
    let result: unknown;
    nodes[0].replicator.transaction('t', nodes[0].table, increment, (end) => (result = end), 0);
    expect(result).toEqual({ result: 1 });
  });

  it('waits for every copy that is linked and trusted', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    const underway = a.transaction(increment);
    expect(value(a)).toBe(1);
    w.stepFrom(a, b);
    w.stepFrom(b, a);
    expect([value(b), value(c)]).toEqual([1, undefined]);
    expect(await isSettled(underway)).toBe(false);
    a.suspects(c);
    expect(await isSettled(underway)).toBe(true);
  });

  it('is not held up by the one before it', async () => {
    const {
      world: w,
      nodes: [a, , c],
    } = world();
    const [first, second] = [a.transaction(increment), a.transaction(increment)];
    expect(value(a)).toBe(2);
    w.deliverAll();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(value(c)).toBe(2);
  });

  it('travels, and is acknowledged, with all that are decided in the same turn', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    a.gathers = true;
    const all = Promise.all([1, 2, 3].map(() => a.transaction(increment)));
    expect([value(a), w.underway(a, b)]).toEqual([3, 0]);
    a.replicator.flush();
    expect([w.underway(a, b), w.underway(a, c)]).toEqual([1, 1]);
    w.stepFrom(a, b);
    w.stepFrom(a, c);
    expect([w.underway(b, a), w.underway(c, a)]).toEqual([1, 1]);
    w.deliverAll();
    expect(await all).toEqual([1, 2, 3]);
  });

  it('is seen whole with a later write of the same turn over one of its rows', () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    a.gathers = true;
    const heavy = 'x'.repeat(200_000);
    void a.transaction((view) => {
      view.write({ key: 'x', row: { id: 'x' } });
      view.write({ key: 'y', row: { id: 'y' } });
    });
    for (const id of ['p', 'q']) a.put({ id, heavy });
    a.put({ id: 'x', again: true });
    a.replicator.flush();
    const sizes: number[] = [];
    while (w.stepFrom(a, b)) sizes.push(b.table.size);
    expect(sizes).toEqual([4]);
  });

  it('of one side of a partition comes whole before or after that of the other', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world(2);
    w.cut(a, b);
    w.now += 1_000;
    const write = (by: string, ids: readonly string[]) => (view: TransactionView) => {
      for (const id of ids) view.write({ key: id, row: { id, by } });
    };
    await a.transaction(write('a', ['x', 'y']));
    await b.transaction(write('b', ['y', 'x']));
    w.link(a, b);
    w.settle();
    for (const { table } of [a, b]) expect(table.get('x')?.['by']).toBe(table.get('y')?.['by']);
  });

  it('is seen whole, however much is decided in one turn', () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    a.gathers = true;
    const heavy = 'x'.repeat(400_000);
    for (let n = 1; n <= 20; n++)
      void a.transaction((view) => {
        for (const id of ['x', `y${n}`]) view.write({ key: id, row: { id, n, heavy } });
      });
    a.put({ id: 'x', n: 21, heavy });
    a.replicator.flush();
    const seen: number[] = [];
    while (w.stepFrom(a, b) || w.stepFrom(b, a)) {
      const last = Number(b.table.get('x')?.['n'] ?? 0);
      seen.push(last);
      for (let n = 1; n <= 20; n++)
        expect([n, b.table.get(`y${n}`) !== undefined]).toEqual([n, n <= last]);
    }
    expect(seen.at(-1)).toBe(21);
  });

  it('is seen whole with so much written in the same turn that no message holds it', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    a.gathers = true;
    const heavy = 'x'.repeat(900_000);
    const underway = a.transaction((view) => {
      for (const id of ['x', 'y']) view.write({ key: id, row: { id } });
    });
    for (let id = 0; id < 20; id++) a.put({ id, heavy });
    a.put({ id: 'x', again: true });
    a.replicator.flush();
    const last = { id: 'x', again: true };
    const [none, whole] = [
      [undefined, undefined],
      [last, { id: 'y' }],
    ];
    for (const copy of [b, c])
      copy.watcher = () =>
        expect([none, whole]).toContainEqual(['x', 'y'].map((key) => copy.table.get(key)));
    b.table.write({ key: 'before', row: { id: 'before' } }, b.now); // it is no newcomer
    c.table.write({ key: 'before', row: { id: 'before' } }, c.now);
    w.deliverAll();
    await underway;
    for (const { table } of [b, c]) {
      expect([table.size, table.get('y')]).toEqual([23, { id: 'y' }]);
      expect(table.get('x')).toEqual(last);
    }
  });

  it('is not begun where too many are under way already', async () => {
    const {
      nodes: [, b],
    } = world();
    const ends: unknown[] = [];
    const begin = () =>
      b.replicator.transaction(
        't',
        b.table,
        () => new Promise(() => {}),
        (end) => ends.push(end),
        b.now,
      );
    for (let i = 0; i < MAX_RUNNING; i++) begin();
    expect(ends).toEqual([]);
    begin();
    expect(ends).toEqual([{ failed: 'too-many' }]);
  });

  it('is decided by nobody while too many wait for a copy that is silent, and after that it is', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    a.gathers = true;
    const write = (view: TransactionView): void => view.write({ key: 'n', row: { id: 'n' } });
    for (let i = 0; i < MAX_PENDING; i++) void a.transaction(write);
    const one = b.transaction(increment);
    w.stepFrom(b, a);
    expect(value(a)).toBeUndefined();
    a.replicator.flush();
    a.suspects(c);
    while (w.stepFrom(a, b)) w.stepFrom(b, a);
    for (let i = 0; i < 20; i++) {
      w.now += 50;
      for (const node of w.nodes) node.replicator.handleTime(node.now);
      w.deliverAll();
    }
    expect(await one).toBe(1);
  });

  it('that deletes what is not there is answered as soon as any other', async () => {
    const {
      world: w,
      nodes: [, b],
    } = world();
    const underway = b.transaction((view) => view.write({ key: 'none', row: undefined }));
    w.deliverAll();
    await expect(underway).resolves.toBeUndefined();
  });

  it('is not made again by a late copy of its request', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    for (const expected of [1, 2]) {
      const underway = b.transaction(increment);
      w.deliverAll();
      // oxlint-disable-next-line no-await-in-loop -- the second says that the first is settled
      expect(await underway).toBe(expected);
    }
    const writes = [{ key: 'n', row: { id: 'n', value: 100 } }];
    const request = {
      number: 1,
      attempt: 1,
      settled: 1,
      time: 0,
      reads: [],
      foreseen: [],
      count: -1,
      writes,
    };
    a.replicator.handleMessage(b.name, { kind: 'commit', table: 't', ...request }, a.now);
    w.deliverAll();
    expect([value(a), value(b)]).toEqual([2, 2]);
  });

  it('runs again on the rows that it should have read, which come with the refusal', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    const all = Promise.all([
      b.transaction(increment),
      c.transaction(increment),
      a.transaction(increment),
    ]);
    w.deliverAll();
    expect((await all).toSorted()).toEqual([1, 2, 3]);
    for (const node of [a, b, c]) expect(value(node)).toBe(3);
  });

  it('builds on those of its node that are not answered yet: many of one row are decided in one exchange', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    let runs = 0;
    const count = (view: TransactionView): number => {
      runs++;
      return increment(view);
    };
    const all = Promise.all([1, 2, 3, 4].map(() => b.transaction(count)));
    for (let i = 0; i < 4; i++) w.stepFrom(b, a);
    expect([value(a), value(b)]).toEqual([4, undefined]);
    w.deliverAll();
    expect(await all).toEqual([1, 2, 3, 4]);
    expect([runs, value(b), value(c)]).toEqual([4, 4, 4]);
  });

  it('runs again where one that it has built on was not taken', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    a.put({ id: 'n', value: 10 });
    const all = Promise.all([1, 2, 3].map(() => b.transaction(increment)));
    w.deliverAll();
    expect(await all).toEqual([11, 12, 13]);
    expect([value(a), value(b)]).toEqual([13, 13]);
  });

  it('does not build on one whose row another has replaced', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    const first = b.transaction(increment);
    w.stepFrom(b, a);
    a.put({ id: 'n', value: 100 });
    const second = b.transaction(increment);
    w.deliverAll();
    expect(await Promise.all([first, second])).toEqual([1, 101]);
    expect(value(b)).toBe(101);
  });

  it('that only reads asks nobody', async () => {
    const {
      nodes: [, b],
    } = world();
    expect(await b.transaction((view) => view.rows().length)).toBe(0);
  });

  it('is asked for again where the request or the answer was lost, and is made once', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    for (const lost of ['request', 'answer'] as const) {
      const before = Number(value(a) ?? 0);
      const underway = b.transaction(increment);
      if (lost === 'request') w.lose(0);
      else {
        while (Number(value(b) ?? 0) === before) w.step(0);
        w.drop();
      }
      w.deliverAll();
      w.now += 500;
      for (const node of w.nodes) node.replicator.handleTime(node.now);
      w.deliverAll();
      // oxlint-disable-next-line no-await-in-loop -- one loss after the other
      expect(await underway).toBe(before + 1);
      expect([value(a), value(b)]).toEqual([before + 1, before + 1]);
    }
  });

  it('goes to the next in line when the one who decides dies', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    const underway = c.transaction(increment);
    w.crash(a);
    w.deliverAll();
    expect(await underway).toBe(1);
    expect([value(b), value(c)]).toEqual([1, 1]);
  });

  it('waits a moment with a node that has not noticed yet that it decides now', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    c.sees(a, false); // c is the first to know
    const underway = c.transaction(increment);
    w.deliverAll();
    expect(await isSettled(underway)).toBe(false);
    b.sees(a, false);
    w.deliverAll();
    expect(await underway).toBe(1);
  });

  it('looks elsewhere when the one that was asked goes on believing that another decides', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    c.sees(a, false);
    const underway = c.transaction(increment);
    w.deliverAll();
    for (let i = 0; i < 3; i++) {
      w.now += 60;
      for (const node of w.nodes) node.replicator.handleTime(node.now);
      w.deliverAll();
    }
    expect(await isSettled(underway)).toBe(false);
    c.sees(a, true);
    w.deliverAll();
    expect(await underway).toBe(1);
    expect(value(b)).toBe(1);
  });

  it('is not made twice when the one who decided dies before it has answered', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    const underway = c.transaction(increment);
    w.stepFrom(c, a); // the request
    w.stepFrom(a, b); // b has the rows; c has neither rows nor answer
    expect([value(b), value(c)]).toEqual([1, undefined]);
    w.crash(a);
    w.deliverAll();
    expect(await underway).toBe(1);
    expect([value(b), value(c)]).toEqual([1, 1]);
  });

  it('wins over a version that only another copy has, of a node that died with a fast clock', async () => {
    const { world: w } = world(0);
    const a = w.start('a', 30_000);
    const [b, c] = [w.start('b'), w.start('c')];
    w.deliverAll();
    a.put({ id: 'n', value: 100 });
    a.replicator.flush();
    w.stepFrom(a, c);
    w.crash(a);
    const underway = b.transaction((view) => view.write({ key: 'n', row: { id: 'n', value: 5 } }));
    w.deliverAll();
    await underway;
    expect([value(b), value(c)]).toEqual([5, 5]);
    w.settle();
    expect([value(b), value(c)]).toEqual([5, 5]);
  });

  it('is refused while a row of a higher rank stands', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world(2, { key: 'id', rank: (row) => Number(row['rank']) });
    const claim = (view: TransactionView): number => {
      const rank = Number(view.get('slot')?.['rank'] ?? 0) + 1;
      view.write({ key: 'slot', row: { id: 'slot', rank } });
      return rank;
    };
    const all = Promise.all([a.transaction(claim), b.transaction(claim)]);
    w.deliverAll();
    expect((await all).toSorted()).toEqual([1, 2]);
    expect(b.table.get('slot')).toEqual({ id: 'slot', rank: 2 });
  });

  it('is given up after its deadline', async () => {
    const {
      world: w,
      nodes: [, b],
    } = world();
    const underway = b.transaction(increment);
    w.now += DEADLINE;
    b.replicator.handleTime(b.now);
    await expect(underway).rejects.toThrow('timeout');
  });

  it('is given up when others are always faster', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    let runs = 0;
    const underway = b.transaction((view) => {
      runs++;
      a.put({ id: 'n', value: runs }); // not here yet
      return increment(view);
    });
    for (let i = 0; i < 2 * MAX_CONFLICTS; i++) {
      w.deliverAll();
      w.now += 20;
      b.replicator.handleTime(b.now);
    }
    await expect(underway).rejects.toThrow('conflict');
    expect(runs).toBe(MAX_CONFLICTS + 1);
  });

  it('may not write or read without limit', async () => {
    const {
      nodes: [a],
    } = world(1);
    const heavy = 'x'.repeat(600_000);
    const twice = (view: TransactionView): void => {
      for (const id of ['a', 'b']) view.write({ key: id, row: { id, heavy } });
    };
    await expect(a.transaction(twice)).rejects.toThrow('too-large');
    const many = (view: TransactionView): void => {
      for (let id = 0; id <= 10_000; id++) view.write({ key: id, row: { id } });
    };
    await expect(a.transaction(many)).rejects.toThrow('too-large');
    expect(a.table.size).toBe(0);
  });

  it('travels in one piece with what it deletes', async () => {
    const {
      world: w,
      nodes: [, b, c],
    } = world();
    b.put({ id: 'x' });
    b.replicator.flush();
    w.deliverAll();
    c.changes.length = 0;
    const moving = b.transaction((view) => {
      view.write({ key: 'x', row: undefined });
      view.write({ key: 'y', row: { id: 'y' } });
    });
    const sizes: number[] = [];
    for (let i = 0; w.step(i); i++) sizes.push(c.table.size);
    await moving;
    expect(new Set(sizes)).toEqual(new Set([1]));
    expect(c.rows()).toEqual([{ id: 'y' }]);
  });

  it('comes after what was written before it on the same node', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    b.put({ id: 'n', value: 5 });
    const underway = b.transaction(increment);
    w.deliverAll();
    expect(await underway).toBe(6);
    expect(value(a)).toBe(6);
  });

  it('sees the last write of a node that died, though the one who decides had not got it', async () => {
    const {
      world: w,
      nodes: [a, b, c],
    } = world();
    a.put({ id: 'n', value: 5 });
    a.replicator.flush();
    w.stepFrom(a, c);
    w.crash(a);
    const underway = c.transaction(increment);
    for (let i = 0; i < 20; i++) {
      w.deliverAll();
      w.now += 1;
      for (const node of w.nodes) node.replicator.handleTime(node.now);
    }
    expect(await underway).toBe(6);
    expect(value(b)).toBe(6);
  });

  it('is refused without a quorum, and nothing is written; one that only reads asks nobody', async () => {
    const {
      nodes: [a],
    } = world();
    a.mayDecide = false;
    await expect(a.transaction(increment)).rejects.toThrow('no-quorum');
    expect(value(a)).toBeUndefined();
    expect(await a.transaction((view) => view.get('n'))).toBeUndefined();
  });

  it('is not decided for a client by a node without a quorum', async () => {
    const {
      world: w,
      nodes: [a, b],
    } = world();
    a.mayDecide = false;
    const underway = b.transaction(increment);
    w.deliverAll();
    expect([value(a), await isSettled(underway)]).toEqual([undefined, false]);
    b.mayDecide = false;
    b.sees(a, true);
    await expect(underway).rejects.toThrow('no-quorum');
  });

  it('is not confirmed once the quorum is lost, though no copy is left to wait for', async () => {
    const {
      nodes: [a, b, c],
    } = world();
    const underway = a.transaction(increment);
    a.mayDecide = false;
    a.suspects(b);
    a.suspects(c);
    await expect(underway).rejects.toThrow('no-quorum');
  });

  it('is decided by the eldest that has the table', async () => {
    const { world: w } = world(0);
    w.start('elder', 0, { open: false });
    const [a, b] = [w.start('a'), w.start('b')];
    w.deliverAll();
    const underway = b.transaction(increment);
    w.deliverAll();
    expect(await underway).toBe(1);
    expect(value(a)).toBe(1);
  });
});
