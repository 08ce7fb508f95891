import { stamp } from '../../support/stamp.js';
import { RealCluster } from '../../support/real-cluster.js';

const NODES = 5;

/**
 * Five nodes started at the same moment: how many clusters they form, and how long after the last start each node saw all
 * five (ms).
 */
export async function coldStart(
  repeats: number,
): Promise<{ settle: number[]; clusters: number[] }> {
  const settle: number[] = [];
  const clusters: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const cluster = new RealCluster({ nodes: NODES });
    for (let node = 0; node < NODES; node++) cluster.add();
    const started = await Promise.all(cluster.members.map((member) => member.first('started')));
    const lastStart = Math.max(...started.map(({ at }) => at));
    const complete = await Promise.all(
      cluster.members.map((member) =>
        member.first('node', ({ live }) => live.length === NODES, { deadline: 20_000 }),
      ),
    ).catch(() => []);
    const lastSeen = Math.max(...complete.map(({ at }) => at));
    if (complete.length > 0) settle.push(Math.max(0, lastSeen - lastStart));
    // Looked at again a little later: a cluster that formed must also stay one.
    const until = stamp() + 1_000;
    while (stamp() < until) await new Promise((resolve) => setTimeout(resolve, 100));
    const states = await Promise.all(cluster.members.map((member) => member.state()));
    clusters.push(new Set(states.map(({ live }) => live.toSorted().join())).size);
    await cluster.end();
  }
  return { settle, clusters };
}
