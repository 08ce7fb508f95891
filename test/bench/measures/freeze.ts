import { RealCluster } from '../../support/real-cluster.js';

export interface Freeze {
  /** SIGSTOP to `down` on the last of the others (ms). */
  readonly down: number[];
  /** SIGCONT to one cluster again with every role held once (ms). */
  readonly healed: number[];
}

/** A node of five is frozen, found out, and thawed. */
export async function freeze(repeats: number): Promise<Freeze> {
  const down: number[] = [];
  const healed: number[] = [];
  const cluster = await RealCluster.start({ nodes: 5, roles: [{ name: 'job', instances: 1 }] });
  for (let i = 0; i < repeats; i++) {
    const [holder] = await cluster.holders('job');
    if (holder === undefined) throw new Error('Nobody holds the role.');
    const frozenAt = holder.signal('SIGSTOP');
    const others = cluster.running.filter((member) => member !== holder);
    const seen = await Promise.all(
      others.map((member) =>
        member.first('node', ({ node, type }) => node === holder.id && type === 'down', {
          since: frozenAt,
        }),
      ),
    );
    down.push(Math.max(...seen.map(({ at }) => at)) - frozenAt);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const thawedAt = holder.signal('SIGCONT');
    await cluster.settled();
    healed.push(Number(process.hrtime.bigint()) / 1e6 - thawedAt);
  }
  await cluster.end();
  return { down, healed };
}
