import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { generateSecret } from 'nestjs-beethoven';
import { afterEach, describe, expect, it } from 'vitest';
import { RealCluster, type RealClusterOptions } from '../support/real-cluster.js';
import type { Member } from '../support/member.js';

const JOB = { name: 'job', instances: 1 };
let cluster: RealCluster | undefined;

async function start(options: RealClusterOptions): Promise<{ holder: Member; others: Member[] }> {
  cluster = new RealCluster(options);
  return begin(cluster, options.nodes);
}

async function begin(real: RealCluster, nodes: number) {
  for (let i = 0; i < nodes; i++) real.add();
  await real.settled();
  const [holder] = await real.holders('job');
  if (holder === undefined) throw new Error('Nobody holds the role.');
  return { holder, others: real.members.filter((member) => member !== holder) };
}

/** What the members were told of each other since then, but for who has joined. */
const news = (members: readonly Member[], since: number): string[] =>
  members.flatMap(({ reports }) =>
    reports.flatMap((report) =>
      report.report === 'node' && report.at >= since && report.type !== 'joined'
        ? [report.type]
        : [],
    ),
  );

afterEach(async () => {
  await cluster?.end();
  cluster = undefined;
});

describe('a process whose event loop is blocked', { timeout: 60_000 }, () => {
  it.each([
    ['in the open', {}],
    ['with a secret', { secret: generateSecret() }],
  ])('is stalled and recovers, and nobody takes anybody for dead, %s', async (_, beethoven) => {
    const { holder, others } = await start({ nodes: 4, roles: [JOB], beethoven });
    const { at: since } = await holder.state();
    holder.command({ command: 'block', ms: 5_000 });
    for (const other of others) {
      const fits = ({ type, node }: { type: string; node: string }) =>
        type === 'stalled' && node === holder.id;
      await other.first('node', fits, { since, deadline: 10_000 });
    }
    for (const other of others)
      await other.first('node', ({ type }) => type === 'recovered', { since, deadline: 15_000 });
    await cluster?.settled();
    expect(news([holder], since)).toEqual([]);
    expect(news(others, since)).toEqual(others.flatMap(() => ['stalled', 'recovered']));
    expect(await cluster?.holders('job')).toEqual([holder]);
  });

  it('loses its roles after the stall time-out, and stops them when it wakes', async () => {
    const beethoven = { failureDetection: { stallTimeout: 1_000 } };
    const { holder, others } = await start({ nodes: 3, roles: [JOB], beethoven });
    const { at: since } = await holder.state();
    holder.command({ command: 'block', ms: 7_000 });
    const started = await Promise.race(
      others.map((other) =>
        other.first('role', ({ type }) => type === 'start', { since, deadline: 15_000 }),
      ),
    );
    expect(started.epoch).toBe(2);
    const stopped = await holder.first('role', ({ type }) => type === 'stopped', { since });
    expect(stopped.epoch).toBe(1);
    expect(stopped.at).toBeGreaterThan(started.at);
    await cluster?.settled();
    expect(news(others, since)).not.toContain('down');
  });
});

describe('processes whose ports are taken for datagrams', { timeout: 60_000 }, () => {
  const squatters: Socket[] = [];
  afterEach(() => {
    for (const socket of squatters.splice(0)) socket.close();
  });

  it('beat over their links, and find out one that freezes', async () => {
    const real = (cluster = new RealCluster({ nodes: 3, roles: [JOB] }));
    for (let host = 1; host <= 6; host++) {
      const socket = createSocket('udp4').bind(real.port, `127.0.0.${host}`);
      squatters.push(socket);
      await once(socket, 'listening');
    }
    const { holder, others } = await begin(real, 3);
    const { at: ready } = await holder.state();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(news(real.members, ready)).toEqual([]);
    const since = holder.signal('SIGSTOP');
    for (const other of others)
      await other.first('node', ({ type }) => type === 'down', { since, deadline: 15_000 });
  });
});
