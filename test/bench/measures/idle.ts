import { Member } from '../../support/member.js';
import { RealCluster } from '../../support/real-cluster.js';

export interface Idle {
  /** Per cent of one core, each of the five nodes. */
  readonly cpu: number[];
  /** The same of the same application without the module. */
  readonly bare: number;
  /** Memory of each node above that of the same application without the module (MiB). */
  readonly memory: number[];
}

/**
 * When a process has become quiet, V8 collects garbage three times in a row, 0.2 s of processor in all: about a minute after the start of one that does nothing, and
 * later of one that does a little. Most have that behind them by then (ms).
 */
const SETTLED = 85_000;

/** What a node costs while nothing happens. */
export async function idle(span: number): Promise<Idle> {
  const bare = Member.spawn(
    RealCluster.entry,
    { beethoven: false, roles: [] },
    { execArgv: ['--expose-gc'] },
  );
  await bare.first('started');
  const cluster = new RealCluster({ nodes: 5, roles: [{ name: 'job', instances: 2 }] });
  for (let i = 0; i < 5; i++) cluster.add({ execArgv: ['--expose-gc'] });
  await cluster.settled();
  await new Promise((resolve) => setTimeout(resolve, SETTLED));

  const all = [bare, ...cluster.members];
  const before = await Promise.all(all.map((member) => member.state()));
  await new Promise((resolve) => setTimeout(resolve, span));
  const after = await Promise.all(all.map((member) => member.state()));
  const [bareCpu = 0, ...cpu] = after.map((state, i) => {
    const from = before[i]?.cpu ?? state.cpu;
    const used = state.cpu.user + state.cpu.system - from.user - from.system;
    return (used / 1_000 / span) * 100;
  });

  for (const member of all) member.command({ command: 'collect-garbage' });
  const bareState = await bare.state();
  const settled = await Promise.all(cluster.members.map((member) => member.state()));
  const memory = settled.map(({ rss }) => (rss - bareState.rss) / 1_048_576);
  await bare.end();
  await cluster.end();
  return { cpu, bare: bareCpu, memory };
}
