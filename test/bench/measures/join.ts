import { RealCluster } from '../../support/real-cluster.js';

/** A fifth node joins four: from just before its application is created to known on all five (ms). */
export async function join(repeats: number): Promise<number[]> {
  const times: number[] = [];
  const cluster = await RealCluster.start({ nodes: 4 });
  for (let i = 0; i < repeats; i++) {
    const newcomer = cluster.add();
    const { at: startedAt } = await newcomer.first('starting');
    const { id } = await newcomer.first('started');
    const others = cluster.running.filter((member) => member !== newcomer);
    const known = await Promise.all([
      newcomer.first('node', ({ live }) => live.length === 5),
      ...others.map((member) =>
        member.first('node', ({ node, type }) => node === id && type === 'joined', {
          since: startedAt,
        }),
      ),
    ]);
    times.push(Math.max(...known.map(({ at }) => at)) - startedAt);
    await cluster.settled();
    await newcomer.end();
    await cluster.settled();
  }
  await cluster.end();
  return times;
}
