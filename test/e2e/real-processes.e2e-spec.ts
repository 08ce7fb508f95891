import { afterEach, describe, expect, it } from 'vitest';
import { RealCluster, type RealClusterOptions } from '../support/real-cluster.js';
import type { Member } from '../support/member.js';

const JOB = { name: 'job', instances: 1 };
let cluster: RealCluster | undefined;

async function start(options: RealClusterOptions): Promise<RealCluster> {
  cluster = await RealCluster.start(options);
  return cluster;
}

async function holderOf(role: string): Promise<Member> {
  const [holder] = (await cluster?.holders(role)) ?? [];
  if (holder === undefined) throw new Error(`Nobody holds ${role}.`);
  return holder;
}

afterEach(async () => {
  await cluster?.end();
  cluster = undefined;
});

describe('separate processes', { timeout: 60_000 }, () => {
  it('that start at the same moment form one cluster, each at its own address', async () => {
    const { members } = await start({ nodes: 5, roles: [{ name: 'job', instances: 2 }] });
    const addresses = members.map(({ id }) => id.replace(/^.*@(.*):.*$/, '$1')).toSorted();
    expect(addresses).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']);
  });

  it('run the role of one that is killed elsewhere, under the next epoch', async () => {
    const { members } = await start({ nodes: 3, roles: [JOB] });
    const holder = await holderOf('job');
    const since = holder.signal('SIGKILL');
    const survivors = members.filter((member) => member !== holder);
    const started = await Promise.race(
      survivors.map((member) =>
        member.first('role', ({ type }) => type === 'start', { since, deadline: 10_000 }),
      ),
    );
    expect(started.epoch).toBe(2);
    await holder.end();
    await cluster?.settled();
  });

  it.each(['stop-first', 'start-first'] as const)(
    'hand a role over on SIGTERM, %s, and the process ends by itself',
    async (handoff) => {
      const { members } = await start({ nodes: 3, roles: [{ ...JOB, handoff }] });
      const holder = await holderOf('job');
      const since = holder.signal('SIGTERM');
      const others = members.filter((member) => member !== holder);
      const started = await Promise.race(
        others.map((member) => member.first('role', ({ type }) => type === 'start', { since })),
      );
      const stopped = await holder.first('role', ({ type }) => type === 'stopped', { since });
      const order = [started, stopped].toSorted((a, b) => a.at - b.at);
      expect(order[0]).toBe(handoff === 'stop-first' ? stopped : started);
      for (const other of others)
        await other.first('node', ({ type, node }) => type === 'left' && node === holder.id);
      await holder.exited;
      await cluster?.settled();
    },
  );

  it('find out one that freezes, and take it back when it thaws, with the role held once', async () => {
    const { members } = await start({ nodes: 4, roles: [JOB] });
    const holder = await holderOf('job');
    const since = holder.signal('SIGSTOP');
    for (const other of members.filter((member) => member !== holder))
      await other.first('node', ({ type, node }) => type === 'down' && node === holder.id, {
        since,
        deadline: 10_000,
      });
    holder.signal('SIGCONT');
    await cluster?.settled(10_000);
  });

  it('take the address of one that died, and its Beacon', async () => {
    const real = await start({ nodes: 2 });
    const [one] = real.members;
    const address = one?.id.split('@')[1];
    await one?.end();
    await real.settled();
    real.add();
    await real.settled();
    expect(real.running.map(({ id }) => id.split('@')[1])).toContain(address);
  });
});
