import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TableSchemaError } from '../errors/table-schema.error.js';
import { TablesStoppedError } from '../errors/tables-stopped.error.js';
import { TransactionOverError } from '../errors/transaction-over.error.js';
import type { Transaction } from './table.js';
import { TablesWorld, type Counter, type TablesNode } from './table.fixture.js';

beforeEach(() => Logger.overrideLogger(false));

const values = (node: TablesNode) =>
  Object.fromEntries(node.rows().map(({ id, value }) => [id, value]));

describe('a table on several nodes', () => {
  it('has a row everywhere within a few milliseconds', async () => {
    const world = new TablesWorld();
    const nodes = await world.cluster(4);
    nodes[1]!.counters.put({ id: 'a', value: 1 });
    nodes[2]!.counters.put({ id: 'b', value: 2 });
    await world.timeline.advance(3);
    for (const node of nodes) expect(values(node)).toEqual({ a: 1, b: 2 });
    nodes[3]!.counters.delete('a');
    await world.timeline.advance(3);
    for (const node of nodes) expect(values(node)).toEqual({ b: 2 });
  });

  it('sends what is written in one turn as one message', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    let batches = 0;
    const send = a!.mesh.sendAll.bind(a!.mesh);
    a!.mesh.sendAll = (...args) => {
      batches++;
      return send(...args);
    };
    for (let i = 0; i < 1_000; i++) a!.counters.put({ id: `r${i}`, value: i });
    await world.timeline.advance(5);
    expect(batches).toBe(1);
    expect(b!.counters.size).toBe(1_000);
  });

  it('is there for a newcomer before it says that it is synced', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    for (let i = 0; i < 20_000; i++) a!.counters.put({ id: `r${i}`, value: i });
    await world.timeline.advance(10);
    b!.counters.delete('r7');
    const c = await world.start('c');
    c.seek(b!);
    await world.timeline.until(() => [...c.mesh.links()].length > 0, 1_000);
    await world.outcome(c.tables.synced());
    expect(c.counters.size).toBe(19_999);
    expect(c.counters.has('r7')).toBe(false);
  });

  it('is synced at once on a node that is alone', async () => {
    const world = new TablesWorld();
    const node = await world.start('a');
    await world.outcome(node.tables.synced(), 1);
  });

  it('is brought to a node that opens it late', async () => {
    const world = new TablesWorld();
    const [a] = await world.cluster(2);
    a!.counters.put({ id: 'a', value: 1 });
    const late = await world.start('late', { open: false });
    late.seek(a!);
    await world.timeline.advance(100);
    late.open();
    expect(late.rows()).toEqual([]);
    await world.outcome(late.tables.synced());
    expect(values(late)).toEqual({ a: 1 });
  });

  it('has what was written to it before the node started', async () => {
    const world = new TablesWorld();
    const [a] = await world.cluster(1);
    const b = await world.start('b', {
      before: ({ counters }) => counters.put({ id: 'early', value: 1 }),
    });
    b.seek(a!);
    await world.timeline.advance(100);
    expect(values(a!)).toEqual({ early: 1 });
    b.counters.put({ id: 'early', value: 2 });
    await world.timeline.advance(100);
    expect(values(a!)).toEqual({ early: 2 });
  });

  it('is the same on both sides once a partition has healed', async () => {
    const world = new TablesWorld();
    const nodes = await world.cluster(4);
    const [a, b, c, d] = nodes;
    a!.counters.put({ id: 'both', value: 0 });
    a!.counters.put({ id: 'gone', value: 0 });
    await world.timeline.advance(10);
    world.network.partition([a!.process, b!.process], [c!.process, d!.process]);
    await world.timeline.advance(20_000);
    expect(a!.coreServer.nodes()).toHaveLength(2);
    a!.counters.put({ id: 'left', value: 1 });
    d!.counters.put({ id: 'right', value: 2 });
    d!.counters.put({ id: 'both', value: 1 });
    await world.timeline.advance(1);
    a!.counters.put({ id: 'both', value: 2 });
    a!.counters.delete('gone');
    await world.timeline.advance(10_000);
    world.network.heal();
    a!.seek(c!);
    await world.timeline.advance(20_000);
    for (const node of nodes) expect(values(node)).toEqual({ both: 2, left: 1, right: 2 });
  });

  it('merges two clusters that meet, and says when', async () => {
    const world = new TablesWorld();
    const here = await world.cluster(2);
    const there = await world.cluster(2);
    here[0]!.counters.put({ id: 'here', value: 1 });
    there[1]!.counters.put({ id: 'there', value: 1 });
    await world.timeline.advance(10);
    there[0]!.seek(here[1]!);
    await world.timeline.until(() => [...there[0]!.mesh.links()].length > 1, 1_000);
    await world.outcome(there[0]!.tables.synced());
    expect(values(there[0]!)).toEqual({ here: 1, there: 1 });
    await world.timeline.advance(1_000);
    for (const node of [...here, ...there]) expect(values(node)).toEqual({ here: 1, there: 1 });
  });

  it('has all rows although a copy could not keep up', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const { sendAll } = a!.mesh;
    a!.mesh.sendAll = (to) => [...to]; // the queue to the slow one is full
    for (let i = 0; i < 100; i++) a!.counters.put({ id: `r${i}`, value: i });
    await world.timeline.advance(5);
    a!.mesh.sendAll = sendAll;
    expect(b!.counters.size).toBe(0);
    await world.timeline.advance(10_000);
    expect(b!.counters.size).toBe(100);
  });
});

describe('a transaction', () => {
  it('adds up exactly, whoever begins it and however many do', async () => {
    const world = new TablesWorld();
    const nodes = await world.cluster(3);
    const all = Promise.all(
      nodes.flatMap((node) => Array.from({ length: 20 }, () => node.increment())),
    );
    const results = await world.outcome(all);
    expect(results.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    for (const node of nodes) expect(values(node)).toEqual({ n: 60 });
  });

  it('resolves when every live copy has its rows', async () => {
    const world = new TablesWorld();
    const nodes = await world.cluster(5);
    for (const node of nodes) {
      const id = node.address;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await world.outcome(node.increment(id));
      for (const other of nodes) expect(other.counters.get(id)).toEqual({ id, value: 1 });
    }
  });

  it('takes one round trip where this node decides, and two where another does', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(3);
    world.network.degrade({ latency: [1, 1] });
    const timed = async (node: TablesNode): Promise<number> => {
      const begun = world.timeline.now;
      await world.outcome(node.increment());
      return world.timeline.now - begun;
    };
    await timed(a!); // it hears the others before its first decision
    expect(await timed(a!)).toBeCloseTo(2, 1);
    expect(await timed(b!)).toBeCloseTo(4, 1);
  });

  it('adds up exactly although the node that decides is killed in the middle', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = new TablesWorld(seed);
      // oxlint-disable-next-line no-await-in-loop -- one world after the other
      const [a, b, c] = await world.cluster(3);
      const all = Promise.all(
        [b!, c!].flatMap((node) => Array.from({ length: 10 }, () => node.increment())),
      );
      // oxlint-disable-next-line no-await-in-loop
      await world.timeline.advance((seed % 10) / 5);
      world.network.crash(a!.process);
      // oxlint-disable-next-line no-await-in-loop
      await world.outcome(all);
      // oxlint-disable-next-line no-await-in-loop
      await world.timeline.advance(10);
      for (const node of [b!, c!]) expect(values(node)).toEqual({ n: 20 });
    }
  });

  it('does not wait for a copy that died', async () => {
    const world = new TablesWorld();
    const [a, b, c] = await world.cluster(3);
    world.network.crash(c!.process);
    const begun = world.timeline.now;
    await world.outcome(Promise.all([a!.increment(), b!.increment()]));
    expect(world.timeline.now - begun).toBeLessThan(20);
  });

  it('does not wait for a copy that stalls for longer than it is trusted', async () => {
    const world = new TablesWorld();
    const [a, , c] = await world.cluster(3);
    world.network.pause(c!.process);
    await world.outcome(a!.increment(), 4_000);
  });

  it('asks first whether its node was stalled: others may decide in its place', async () => {
    const world = new TablesWorld();
    const [first] = (await world.cluster(1)) as [TablesNode];
    const decided: boolean[] = [];
    vi.spyOn(first.coreServer, 'noticeStall').mockImplementation(() => {
      decided.push(first.counters.has('n'));
    });
    await world.outcome(first.increment());
    expect(decided[0]).toBe(false);
  });

  it('writes nothing when its work throws', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const work = (tx: Transaction<Counter>): void => {
      tx.put({ id: 'n', value: 1 });
      throw new RangeError('no');
    };
    await expect(world.outcome(b!.counters.transaction(work))).rejects.toThrow(RangeError);
    await expect(
      world.outcome(b!.counters.transaction((tx) => Promise.resolve().then(() => work(tx)))),
    ).rejects.toThrow(RangeError);
    await world.timeline.advance(10);
    expect(a!.rows()).toEqual([]);
  });

  it('shows all of its rows to a watcher of the first', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const seen: number[] = [];
    a!.counters.watch().subscribe(() => seen.push(a!.counters.size));
    b!.counters.watch().subscribe(() => seen.push(b!.counters.size));
    const work = (tx: Transaction<Counter>): void => {
      for (let i = 0; i < 3; i++) tx.put({ id: `r${i}`, value: i });
    };
    await world.outcome(b!.counters.transaction(work));
    expect(seen).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('depends on the whole table when it has read all of it', async () => {
    const world = new TablesWorld();
    const nodes = await world.cluster(3);
    // Each adds a row that says how many there were: no two may say the same.
    const addOne = (node: TablesNode, i: number): Promise<void> =>
      node.counters.transaction((tx) =>
        tx.put({ id: `${node.address} ${i}`, value: tx.rows().length }),
      );
    const all = nodes.flatMap((node) => Array.from({ length: 5 }, (_, i) => addOne(node, i)));
    await world.outcome(Promise.all(all));
    const counts = nodes[0]!.rows().map(({ value }) => value);
    expect(counts.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 15 }, (_, i) => i));
  });

  it('may take its time', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const slow = b!.counters.transaction(async (tx) => {
      const value = tx.get('n')?.value ?? 0;
      await Promise.resolve();
      tx.put({ id: 'n', value: value + 1 });
      return value;
    });
    await world.outcome(a!.increment());
    await world.outcome(slow);
    expect(values(a!)).toEqual({ n: 2 });
  });

  it('cannot be written to when it is over', async () => {
    const world = new TablesWorld();
    const node = await world.start('a');
    let kept: Transaction<Counter> | undefined;
    await world.outcome(node.counters.transaction((tx) => void (kept = tx)));
    expect(() => kept?.put({ id: 'n', value: 1 })).toThrow(TransactionOverError);
  });

  it('is rejected when the node stops', async () => {
    const world = new TablesWorld();
    const [, b] = await world.cluster(2);
    const underway = b!.increment();
    b!.tables.stop();
    await expect(underway).rejects.toThrow(TablesStoppedError);
    await expect(b!.increment()).rejects.toThrow(TablesStoppedError);
  });
});

describe('the tables of a node', () => {
  it('are listed with their rows, tombstones, copies and lag', async () => {
    const world = new TablesWorld();
    const [a, b, c] = await world.cluster(3);
    const mine = {
      name: 'mine',
      key: 'id',
      columns: ['id'],
      type: 'bag',
      copies: 'local',
    } as const;
    a!.tables.open<{ id: string }>(mine).put({ id: 'x' });
    for (let value = 0; value < 2_000; value++) a!.counters.put({ id: `${value}`, value });
    await world.timeline.advance(1_000);
    a!.counters.delete('0');
    expect(a!.tables.tables()).toEqual([
      {
        name: 'counters',
        type: 'set',
        copies: 'multi',
        rows: 1_999,
        bytes: expect.closeTo(1_999 * 90, -4) as number,
        tombstones: 1,
        nodes: [a, b, c].map((node) => node!.coreServer.self.id),
        lag: 0,
      },
      expect.objectContaining({ name: 'mine', copies: 'local', type: 'bag', rows: 1, lag: 0 }),
    ]);
    expect(a!.tables.find('mine')?.size).toBe(1);
    expect(a!.tables.find('none')).toBeUndefined();
    const late = await world.start('late');
    late.seek(a!);
    let lag = 0;
    await world.timeline.until(() => {
      lag = Math.max(lag, late.tables.tables()[0]!.lag);
      return late.counters.size === 1_999;
    }, 1_000);
    expect(lag).toBeGreaterThan(0);
    await world.timeline.advance(10_000);
    expect(late.tables.tables()[0]).toMatchObject({ rows: 1_999, tombstones: 0, lag: 0 });
  });
});

describe('a table that is given nonsense', () => {
  it('names the fault and the cure, and writes nothing', async () => {
    const world = new TablesWorld();
    const { counters, tables } = await world.start('a');
    const put = (row: unknown) => () => counters.put(row as Counter);
    expect(put({ id: 'a', value: 1, colour: 'red' })).toThrow(
      /no column "colour" \(value "red"\).*id, value/,
    );
    expect(put({ value: 1 })).toThrow(/undefined is no key \(column "id"\)/);
    expect(put({ id: { a: 1 }, value: 1 })).toThrow(/a Object is no key/);
    expect(put({ id: NaN, value: 1 })).toThrow(TableSchemaError);
    expect(put({ id: 'a', value: new Date() })).toThrow(/a Date of column "value" cannot travel/);
    expect(put({ id: 'a', value: () => 1 })).toThrow(/a function/);
    expect(put({ id: 'a', value: 'x'.repeat(2_000_000) })).toThrow(/bytes/);
    expect(counters.size).toBe(0);
    const open = (config: object) => () =>
      tables.open({ name: 'other', key: 'id', columns: ['id'], ...config });
    expect(open({ name: '' })).toThrow(TableSchemaError);
    expect(open({ key: 'none' })).toThrow(/the key "none" is none of its columns/);
    expect(open({ name: 'counters' })).toThrow(/open already/);
    expect(tables.tables()).toHaveLength(1);
  });

  it('survives a value that was spoilt after it was checked', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const value: { inner: unknown } = { inner: 1 };
    a!.counters.put({ id: 'spoilt', value: value as unknown as number });
    value.inner = new Date();
    await world.timeline.advance(5_000);
    expect(b!.counters.has('spoilt')).toBe(false);
    a!.counters.put({ id: 'spoilt', value: 2 });
    await world.timeline.advance(5_000);
    expect(values(b!)).toEqual({ spoilt: 2 });
  });

  it('is the same table when it is opened twice', async () => {
    const node = await new TablesWorld().start('a');
    expect(node.open()).toBe(node.open());
  });

  it('does not take what is no row of this table, nor a run of the sender’s own', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const say = (from: number, to: number, key: string): void => {
      const batch = [2, 'counters', from, to, ['x'], ['k', { id: key }, 1, 0, 0, 1], 0, 0, []];
      a!.mesh.send(b!.coreServer.self.id, 'tables', batch);
    };
    say(1, 9, 'k');
    say(0, 0, 'other');
    await world.timeline.advance(10);
    expect(b!.rows()).toEqual([]);
    await world.timeline.advance(5_000);
    a!.counters.put({ id: 'fine', value: 1 });
    await world.timeline.advance(10);
    expect(values(b!)).toEqual({ fine: 1 });
  });
});

describe('the watchers of a table', () => {
  it('hear of each change with the row before, and where it came from', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const events: unknown[] = [];
    b!.counters.watch().subscribe((event) => events.push(event));
    a!.counters.put({ id: 'n', value: 1 });
    await world.timeline.advance(5);
    b!.counters.put({ id: 'n', value: 2 });
    b!.counters.delete('n');
    const [first, second] = [
      { id: 'n', value: 1 },
      { id: 'n', value: 2 },
    ];
    const [from, here] = [
      { origin: a!.coreServer.self.id, local: false },
      { origin: b!.coreServer.self.id, local: true },
    ];
    expect(events).toEqual([
      { operation: 'put', key: 'n', row: first, ...from },
      { operation: 'put', key: 'n', row: second, old: first, ...here },
      { operation: 'delete', key: 'n', old: second, ...here },
    ]);
  });

  it('do not hear each other throw', async () => {
    const world = new TablesWorld();
    const [a, b] = await world.cluster(2);
    const heard: string[] = [];
    b!.counters.watch().subscribe(() => {
      throw new Error('bad watcher');
    });
    b!.counters.watch().subscribe(({ key }) => heard.push(String(key)));
    a!.counters.put({ id: 'x', value: 1 });
    await world.timeline.advance(5);
    b!.counters.put({ id: 'y', value: 1 });
    expect(heard).toEqual(['x', 'y']);
  });

  it('see their stream complete when the node stops', async () => {
    const node = await new TablesWorld().start('a');
    let completions = 0;
    const complete = (): void => void completions++;
    node.counters.watch().subscribe({ complete });
    node.tables.stop();
    node.counters.watch().subscribe({ complete });
    expect(completions).toBe(2);
  });
});
