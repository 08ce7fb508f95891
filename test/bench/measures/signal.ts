import { RealCluster } from '../../support/real-cluster.js';
import { stamp } from '../../support/stamp.js';

/** A signal sent on one of five nodes to `allocate()` following on the last of all (ms). */
export async function signalToAllocate(repeats: number): Promise<number[]> {
  const times: number[] = [];
  const cluster = await RealCluster.start({ nodes: 5, beethoven: { hwMon: false } });
  // All but two are far too busy to be chosen; the two take turns.
  const [a, b, ...rest] = cluster.members;
  if (a === undefined || b === undefined) throw new Error('The cluster is too small.');
  for (const member of rest) member.command({ command: 'busy', value: 1_000 });
  b.command({ command: 'busy', value: 10 });
  for (const member of cluster.members) member.command({ command: 'follow-allocate' });
  await Promise.all(
    cluster.members.map((member) => member.first('allocate', ({ node }) => node === a.id)),
  );

  for (let i = 0; i < repeats; i++) {
    const since = stamp();
    const expected = i % 2 === 0 ? b.id : a.id;
    a.command({ command: 'busy', value: i % 2 === 0 ? 20 : 0 });
    const followed = await Promise.all(
      cluster.members.map((member) =>
        member.first('allocate', ({ node }) => node === expected, { since }),
      ),
    );
    times.push(Math.max(...followed.map(({ at }) => at)) - since);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await cluster.end();
  return times;
}
