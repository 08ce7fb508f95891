import { RealCluster } from '../../support/real-cluster.js';

export interface Join {
  /** From just before `NestFactory` is called to known on all five (ms). */
  readonly sinceCreation: number[];
  /** From the moment when Nest has put the application together and starts it (ms). */
  readonly sinceStart: number[];
}

/** A fifth node joins four. */
export async function join(repeats: number): Promise<Join> {
  const times: Join = { sinceCreation: [], sinceStart: [] };
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
    const knownAt = Math.max(...known.map(({ at }) => at));
    times.sinceCreation.push(knownAt - startedAt);
    times.sinceStart.push(knownAt - (await newcomer.first('assembled')).at);
    await cluster.settled();
    await newcomer.end();
    await cluster.settled();
    // What the others still do about the departure is none of the next one's time.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await cluster.end();
  return times;
}
