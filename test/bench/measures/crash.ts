import { RealCluster } from '../../support/real-cluster.js';

/** kill -9 of a node to `down` on the last of the survivors (ms). */
export async function killToDown(repeats: number, nodes: number): Promise<number[]> {
  const times: number[] = [];
  const cluster = await RealCluster.start({ nodes });
  for (let i = 0; i < repeats; i++) {
    const victim = cluster.running[i % nodes];
    if (victim === undefined) throw new Error('The cluster is empty.');
    const { id } = victim;
    const killedAt = victim.signal('SIGKILL');
    const survivors = cluster.members.filter((member) => member !== victim && member.isRunning);
    const seen = await Promise.all(
      survivors.map((member) =>
        member.first('node', ({ node, type }) => node === id && type === 'down', {
          since: killedAt,
        }),
      ),
    );
    times.push(Math.max(...seen.map(({ at }) => at)) - killedAt);
    await victim.end();
    cluster.add();
    await cluster.settled();
    // Let the newcomer's start-up work end before the next kill.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await cluster.end();
  return times;
}

/** kill -9 of a role's holder to `onRoleStart` elsewhere (ms). */
export async function killToRole(repeats: number, nodes: number): Promise<number[]> {
  const times: number[] = [];
  const cluster = await RealCluster.start({ nodes, roles: [{ name: 'job', instances: 1 }] });
  for (let i = 0; i < repeats; i++) {
    const [holder] = await cluster.holders('job');
    if (holder === undefined) throw new Error('Nobody holds the role.');
    const killedAt = holder.signal('SIGKILL');
    const survivors = cluster.members.filter((member) => member !== holder && member.isRunning);
    const started = await Promise.race(
      survivors.map((member) =>
        member.first('role', ({ type }) => type === 'start', { since: killedAt }),
      ),
    );
    times.push(started.at - killedAt);
    await holder.end();
    cluster.add();
    await cluster.settled();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await cluster.end();
  return times;
}

/** SIGTERM of a role's holder: from the end of the role there to its start elsewhere (ms): the time without the role. */
export async function terminateToRole(
  repeats: number,
  handoff: 'stop-first' | 'start-first',
): Promise<number[]> {
  const times: number[] = [];
  const cluster = await RealCluster.start({
    nodes: 3,
    roles: [{ name: 'job', instances: 1, handoff }],
  });
  for (let i = 0; i < repeats; i++) {
    const [holder] = await cluster.holders('job');
    if (holder === undefined) throw new Error('Nobody holds the role.');
    const since = holder.signal('SIGTERM');
    const survivors = cluster.members.filter((member) => member !== holder && member.isRunning);
    const [started, stopped] = await Promise.all([
      Promise.race(
        survivors.map((member) => member.first('role', ({ type }) => type === 'start', { since })),
      ),
      // Its work ends when its signal fires.
      holder.first('role', ({ type }) => type === 'stop', { since }),
    ]);
    times.push(Math.max(0, started.at - stopped.at));
    await holder.end();
    cluster.add();
    await cluster.settled();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await cluster.end();
  return times;
}
