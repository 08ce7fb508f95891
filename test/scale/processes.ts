import { summary } from '../bench/statistics.js';
import { print } from '../bench/table.js';
import type { Member } from '../support/member.js';
import { RealCluster } from '../support/real-cluster.js';
import { stamp } from '../support/stamp.js';

/** Time for so many processes to start, on a few cores, and to agree (ms). */
const DEADLINE = 300_000;
const SETTLING = 20_000;
const IDLE = 30_000;

/** One cluster of so many real processes on this machine: what a node costs, a kill -9, a SIGSTOP. */
export async function processes(nodes: number): Promise<void> {
  const cluster = new RealCluster({
    nodes,
    roles: [{ name: 'job', instances: 3 }],
    beethoven: { clusterNet: '127.0.0.0', clusterNetMask: 25 },
  });
  try {
    const begun = performance.now();
    for (let i = 0; i < nodes; i++) cluster.add();
    await cluster.settled(DEADLINE);
    report(
      nodes,
      'started together: first exec to one view and the roles held, on this machine',
      'ms',
      [performance.now() - begun],
    );

    await pause(SETTLING);
    const before = await states(cluster.running);
    await pause(IDLE);
    const after = await states(cluster.running);
    const cpu = after.map((state, index) => percent(before[index] ?? state, state));
    report(nodes, 'CPU of a node while nothing happens', '% of a core', cpu);
    const memory = after.map(({ rss }) => rss / 1_048_576);
    report(nodes, 'memory of a node (the whole application)', 'MiB', memory);

    const [killed, frozen] = cluster.running.slice(1);
    if (killed === undefined || frozen === undefined) throw new Error('The cluster is too small.');
    report(
      nodes,
      'kill -9 of one to `down` on all',
      'ms',
      await downAfter(cluster, killed, 'SIGKILL'),
    );
    await pause(SETTLING);
    report(
      nodes,
      'SIGSTOP of one to `down` on all',
      'ms',
      await downAfter(cluster, frozen, 'SIGSTOP'),
    );
    const thawedAt = frozen.signal('SIGCONT');
    await cluster.settled(DEADLINE);
    report(nodes, 'SIGCONT to one view and the roles held', 'ms', [stamp() - thawedAt]);
  } finally {
    await cluster.end();
  }
}

/** The signal to `down` on each of the others (ms). */
async function downAfter(
  cluster: RealCluster,
  victim: Member,
  signal: NodeJS.Signals,
): Promise<number[]> {
  const { id } = victim;
  const others = cluster.running.filter((member) => member !== victim);
  const since = victim.signal(signal);
  const seen = await Promise.all(
    others.map((member) =>
      member.first('node', ({ node, type }) => node === id && type === 'down', { since }),
    ),
  );
  return seen.map(({ at }) => at - since);
}

function states(members: readonly Member[]) {
  return Promise.all(members.map((member) => member.state()));
}

type State = Awaited<ReturnType<Member['state']>>;

function percent(before: State, after: State): number {
  const used = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return (used / 1_000 / (after.at - before.at)) * 100;
}

function pause(span: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, span));
}

function report(nodes: number, measure: string, unit: string, figures: readonly number[]): void {
  print({
    measure: `${nodes} processes: ${measure}`,
    unit,
    ours: summary(figures),
    goal: '–',
    met: true,
    others: '–',
  });
}
