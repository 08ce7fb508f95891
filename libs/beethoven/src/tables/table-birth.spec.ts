import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { TableCreationError } from '../errors/table-creation.error.js';
import { TableSchemaError } from '../errors/table-schema.error.js';
import { TablesStoppedError } from '../errors/tables-stopped.error.js';
import { TableTimeoutError } from '../errors/table-timeout.error.js';
import { TablesWorld, type TablesNode } from './table.fixture.js';
import type { Table } from './table.js';

beforeEach(() => Logger.overrideLogger(false));

interface Session {
  readonly id: string;
  readonly user?: string;
}

const SESSIONS = { name: 'sessions', key: 'id', columns: ['id', 'user'] } as const;

async function clusterOf(size: number) {
  const world = new TablesWorld();
  const nodes = await world.cluster(size);
  for (const { tables } of nodes) tables.takePart();
  return { world, nodes };
}

/** Opens the table on a node; its creation action writes a row, and its name into a list. */
function open(
  { tables, coreServer }: TablesNode,
  creators: string[] = [],
  action: (table: Table<Session>) => void | Promise<void> = () => undefined,
): Table<Session> {
  return tables.open<Session>({
    ...SESSIONS,
    onCreated: async (table) => {
      creators.push(coreServer.self.name);
      await action(table);
    },
  });
}

describe('the creation action of a table', () => {
  it('runs once, also when all nodes open the table at the same moment', async () => {
    const { world, nodes } = await clusterOf(4);
    const creators: string[] = [];
    const tables = nodes.map((node) =>
      open(node, creators, (table) => table.transaction((tx) => tx.put({ id: 'first' }))),
    );
    await world.outcome(Promise.all(tables.map((table) => table.untilExists())));
    await world.timeline.advance(10);
    expect(creators).toHaveLength(1);
    for (const table of tables) expect([...table.rows()]).toEqual([{ id: 'first' }]);
  });

  it('does not run again for who opens the table later', async () => {
    const { world, nodes } = await clusterOf(3);
    const creators: string[] = [];
    await world.outcome(open(nodes[2]!, creators).untilExists());
    await world.outcome(open(nodes[0]!, creators).untilExists());
    const late = await world.start('late');
    late.seek(nodes[0]!);
    const table = open(late, creators);
    await world.timeline.until(() => late.coreServer.nodes().length > 3, 1_000);
    await world.outcome(late.tables.synced());
    late.tables.takePart();
    await world.outcome(table.untilExists());
    expect(creators).toEqual(['c']);
  });

  it('runs on another node when the one that runs it dies in the middle', async () => {
    const { world, nodes } = await clusterOf(3);
    const creators: string[] = [];
    const never = (): Promise<void> => new Promise(() => undefined);
    open(nodes[1]!, creators, (table) => {
      table.put({ id: 'half' });
      return never();
    });
    await world.timeline.advance(20);
    const others = [nodes[0]!, nodes[2]!].map((node) => open(node, creators));
    await expect(world.outcome(others[0]!.untilExists(1_000))).rejects.toThrow(TableTimeoutError);
    world.network.crash(nodes[1]!.process);
    await world.outcome(Promise.all(others.map((table) => table.untilExists())));
    expect(creators).toHaveLength(2);
    expect(creators[0]).toBe('b');
    for (const table of others) expect(table.has('half')).toBe(true);
  });

  it('runs on another node when it throws, and not again on this one', async () => {
    const { world, nodes } = await clusterOf(2);
    const creators: string[] = [];
    const fail = (): void => {
      throw new Error('no seeds');
    };
    const failing = open(nodes[0]!, creators, fail);
    const error: unknown = await world.outcome(failing.untilExists()).catch((reason) => reason);
    expect(error).toBeInstanceOf(TableCreationError);
    expect(error).toMatchObject({ message: expect.stringContaining('no seeds') as string });
    await world.outcome(open(nodes[1]!, creators).untilExists());
    await world.timeline.advance(5_000);
    expect(creators).toEqual(['a', 'b']);
  });

  it('runs again once no live node has the table any more', async () => {
    const { world, nodes } = await clusterOf(3);
    const creators: string[] = [];
    await world.outcome(open(nodes[0]!, creators).untilExists());
    world.network.crash(nodes[0]!.process);
    await world.timeline.advance(10_000);
    await world.outcome(open(nodes[2]!, creators).untilExists());
    expect(creators).toEqual(['a', 'c']);
  });
});

describe('a table that does not exist yet', () => {
  it('is waited for no longer than was asked', async () => {
    const world = new TablesWorld();
    const [node] = await world.cluster(1);
    const table = open(node!);
    const begun = world.timeline.now;
    await expect(world.outcome(table.untilExists(700))).rejects.toThrow(
      /Table "sessions" does not exist after 700 ms/,
    );
    expect(world.timeline.now - begun).toBeCloseTo(700, -1);
    node!.tables.takePart();
    await world.outcome(table.untilExists());
  });

  it('is waited for until the node stops', async () => {
    const node = await new TablesWorld().start('a');
    const waiting = open(node).untilExists();
    node.tables.stop();
    await expect(waiting).rejects.toThrow(TablesStoppedError);
  });
});

describe('a table that others have', () => {
  it('has all their rows when it exists here', async () => {
    const { world, nodes } = await clusterOf(3);
    const first = open(nodes[0]!);
    for (let n = 0; n < 20_000; n++) first.put({ id: `s${n}` });
    await world.outcome(first.untilExists());
    const late = open(nodes[2]!);
    expect(late.size).toBe(0);
    await world.outcome(late.untilExists());
    expect(late.size).toBe(20_000);
  });

  it('is waited for no longer than was asked', async () => {
    const { world, nodes } = await clusterOf(2);
    const first = open(nodes[0]!);
    first.put({ id: 'a' });
    await world.outcome(first.untilExists());
    world.network.degrade({ latency: [400, 400] });
    await expect(world.outcome(open(nodes[1]!).untilExists(100))).rejects.toThrow(
      TableTimeoutError,
    );
  });
});

describe('a table under two definitions', () => {
  const other = ({ tables }: TablesNode): Table<Session> =>
    tables.open<Session>({ ...SESSIONS, type: 'ordered_set' });

  it('is refused to the later node, and its rows stay apart', async () => {
    const { world, nodes } = await clusterOf(2);
    const first = open(nodes[0]!);
    await world.outcome(first.untilExists());
    const later = other(nodes[1]!);
    later.put({ id: 'stray' });
    let ended: unknown;
    later.watch().subscribe({ error: (error: unknown) => (ended = error) });
    await expect(world.outcome(later.untilExists())).rejects.toThrow(
      /Table "sessions": it is a table of the type 'ordered_set' here and 'set' in the cluster/,
    );
    expect(ended).toBeInstanceOf(TableSchemaError);
    expect(() => later.put({ id: 'a' })).toThrow(TableSchemaError);
    expect(() => later.get('a')).toThrow(TableSchemaError);
    expect(() => later.size).toThrow(TableSchemaError);
    await world.timeline.advance(5_000);
    expect(first.size).toBe(0);
  });

  it('is free for the second once nobody has the first any more', async () => {
    const { world, nodes } = await clusterOf(2);
    await world.outcome(open(nodes[0]!).untilExists());
    world.network.crash(nodes[0]!.process);
    await world.timeline.advance(10_000);
    await world.outcome(other(nodes[1]!).untilExists());
  });

  it('is left to one when two sides of a partition have each created theirs', async () => {
    const { world, nodes } = await clusterOf(2);
    const [a, b] = nodes;
    world.network.partition([a!.process], [b!.process]);
    await world.timeline.advance(20_000);
    const tables = [open(a!), other(b!)];
    await world.outcome(Promise.all(tables.map((table) => table.untilExists())));
    world.network.heal();
    a!.seek(b!);
    await world.timeline.advance(10_000);
    const refused = tables.map((table) => {
      try {
        return table.size < 0;
      } catch (error) {
        return error instanceof TableSchemaError;
      }
    });
    expect(refused.filter(Boolean)).toHaveLength(1);
  });
});

describe('a table whose columns change from release to release', () => {
  interface Later extends Session {
    readonly score?: number;
  }
  const later = ({ tables }: TablesNode): Table<Later> =>
    tables.open<Later>({
      ...SESSIONS,
      columns: ['id', 'score'],
      types: { score: 'number' },
    });

  it('is one table for nodes of both releases, and either keeps the columns of the other', async () => {
    const { world, nodes } = await clusterOf(2);
    const [older, newer] = [open(nodes[0]!), later(nodes[1]!)];
    await world.outcome(Promise.all([older.untilExists(), newer.untilExists()]));
    older.put({ id: 'a', user: 'ann' });
    newer.put({ id: 'b', score: 1 });
    await world.timeline.advance(100);
    for (const table of [older, newer])
      expect([...table.rows()]).toEqual(
        expect.arrayContaining([
          { id: 'a', user: 'ann' },
          { id: 'b', score: 1 },
        ]),
      );
    older.put({ ...older.get('b')!, user: 'bob' });
    newer.put({ ...newer.get('a')!, score: 2 });
    await world.timeline.advance(100);
    expect(newer.get('b')).toEqual({ id: 'b', score: 1, user: 'bob' });
    expect(older.get('a')).toEqual({ id: 'a', user: 'ann', score: 2 });
    expect(() => older.put({ id: 'c', colour: 'red' } as Session)).toThrow(/no column "colour"/);
  });

  it('knows the columns of both sides of a partition that have each created it', async () => {
    const { world, nodes } = await clusterOf(2);
    const [a, b] = nodes;
    world.network.partition([a!.process], [b!.process]);
    await world.timeline.advance(20_000);
    const [older, newer] = [open(a!), later(b!)];
    await world.outcome(Promise.all([older.untilExists(), newer.untilExists()]));
    world.network.heal();
    a!.seek(b!);
    await world.timeline.advance(10_000);
    const all: Later = { id: 'x', user: 'ann', score: 1 };
    older.put(all);
    newer.put({ ...all, id: 'y' });
  });

  it('is refused to who means another type by a column, with both types', async () => {
    const { world, nodes } = await clusterOf(2);
    await world.outcome(later(nodes[0]!).untilExists());
    const wrong = nodes[1]!.tables.open<{ id: string; score: string }>({
      ...SESSIONS,
      columns: ['id', 'score'],
      types: { score: 'string' },
    });
    await expect(world.outcome(wrong.untilExists())).rejects.toThrow(
      /Table "sessions": column "score" is of the type string here and number in the cluster/,
    );
    expect(() => wrong.put({ id: 'a', score: 'high' })).toThrow(TableSchemaError);
  });
});

describe('a local table', () => {
  it('has rows of its own on each node, is created on each, and has transactions', async () => {
    const { world, nodes } = await clusterOf(2);
    const creators: string[] = [];
    const tables = nodes.map(({ tables: service, coreServer }) =>
      service.open<Session>({
        ...SESSIONS,
        copies: 'local',
        onCreated: () => void creators.push(coreServer.self.name),
      }),
    );
    await world.outcome(Promise.all(tables.map((table) => table.untilExists())));
    expect(creators).toEqual(['a', 'b']);
    await world.outcome(tables[0]!.transaction((tx) => tx.put({ id: 'mine' })));
    tables[1]!.put({ id: 'other' });
    tables[1]!.put({ id: 'gone' });
    tables[1]!.delete('gone');
    await world.timeline.advance(10_000);
    expect(tables.map((table) => [...table.rows()])).toEqual([[{ id: 'mine' }], [{ id: 'other' }]]);
  });
});
