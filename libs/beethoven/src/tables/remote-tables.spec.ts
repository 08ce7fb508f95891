import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { TableNotFoundError } from '../errors/table-not-found.error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { Calls } from '../network/calls.js';
import { RemoteTables } from './remote-tables.js';
import { TablesWorld, type TablesNode } from './table.fixture.js';

beforeEach(() => Logger.overrideLogger(false));

interface Session {
  readonly id: string;
  readonly user?: string;
}

const SESSIONS = {
  name: 'sessions',
  key: 'id',
  columns: ['id', 'user'],
  indexes: ['user'],
} as const;

async function worldOf(holders: number, size: number) {
  const world = new TablesWorld();
  const nodes = await world.cluster(size);
  for (const { tables } of nodes) tables.takePart();
  const remotes = nodes.map(
    ({ process, mesh, identity, coreServer, tables }: TablesNode) =>
      new RemoteTables(tables, coreServer, new Calls(process.clock, mesh, identity)),
  );
  const tables = nodes.slice(0, holders).map((node) => node.tables.open<Session>(SESSIONS));
  await world.timeline.advance(100);
  return { world, nodes, tables, remotes };
}

describe('a node without a copy', () => {
  it('reads and writes through one that has it', async () => {
    const { world, nodes, tables, remotes } = await worldOf(2, 3);
    const remote = remotes[2]!.of<Session>('sessions');
    await world.outcome(remote.put({ id: 'a', user: 'ada' }));
    await world.timeline.advance(5);
    for (const table of tables) expect(table.get('a')).toEqual({ id: 'a', user: 'ada' });
    expect(await world.outcome(remote.get('a'))).toEqual({ id: 'a', user: 'ada' });
    expect(await world.outcome(remote.get('none'))).toBeUndefined();
    expect(await world.outcome(remote.select({ user: 'ada' }))).toHaveLength(1);
    expect(await world.outcome(remote.byIndex('user', 'ada'))).toHaveLength(1);
    expect(await world.outcome(remote.size())).toBe(1);
    await world.outcome(remote.delete('a'));
    expect(await world.outcome(remote.has('a'))).toBe(false);
    expect(nodes[2]!.tables.find('sessions')).toBeUndefined();
  });

  it('is told what is wrong with what it writes', async () => {
    const { world, tables, remotes } = await worldOf(1, 2);
    const wrong = remotes[1]!.of<Session>('sessions').put({ id: 'a', age: 1 } as Session);
    const error: unknown = await world.outcome(wrong).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({ name: 'TableSchemaError' });
    expect(tables[0]!.size).toBe(0);
  });

  it('goes to another copy where one is lost, and says so when there is none', async () => {
    const { world, nodes, remotes } = await worldOf(2, 3);
    const remote = remotes[2]!.of<Session>('sessions');
    await world.outcome(remote.put({ id: 'a' }));
    await world.timeline.advance(5);
    world.network.crash(nodes[0]!.process);
    expect(await world.outcome(remote.get('a'))).toEqual({ id: 'a' });
    world.network.crash(nodes[1]!.process);
    await world.timeline.advance(5_000);
    await expect(world.outcome(remote.get('a'))).rejects.toThrow(TableNotFoundError);
  });

  it('reaches the local rows of a node that it names', async () => {
    const { world, nodes, remotes } = await worldOf(0, 2);
    nodes[0]!.tables.open<Session>({ ...SESSIONS, copies: 'local' }).put({ id: 'mine' });
    const { id } = nodes[0]!.coreServer.self;
    const remote = remotes[1]!.of<Session>('sessions', { node: id });
    expect(await world.outcome(remote.get('mine'))).toEqual({ id: 'mine' });
    await expect(world.outcome(remotes[1]!.of('sessions').get('mine'))).rejects.toThrow(
      TableNotFoundError,
    );
  });
});
