import { AzurePlatform } from '../../metadata/azure-platform.js';
import { MetadataServer } from '../../metadata/metadata-server.js';
import { RealCluster } from '../../support/real-cluster.js';
import { stamp } from '../../support/stamp.js';

/** Preempt for the machine of a role's holder, in a cluster of 3: the time without the role, and the time until the event is approved (ms). */
export async function preemptToRole(
  repeats: number,
  handoff: 'stop-first' | 'start-first',
): Promise<{ gaps: number[]; approvals: number[] }> {
  const gaps: number[] = [];
  const approvals: number[] = [];
  const azure = new AzurePlatform();
  const vms = Array.from({ length: 3 + repeats }, (_, member) => `vm_${member}`);
  const servers = await Promise.all(
    vms.map((vm) => MetadataServer.start((question) => azure.answer(vm, question))),
  );
  const cluster = await RealCluster.start({
    nodes: 3,
    roles: [{ name: 'job', instances: 1, handoff }],
    beethoven: (member) => ({ useAzNet: true, metadataEndpoint: servers[member]?.endpoint }),
  });
  for (let i = 0; i < repeats; i++) {
    const [holder] = await cluster.holders('job');
    if (holder === undefined) throw new Error('Nobody holds the role.');
    const since = stamp();
    const event = azure.schedule('Preempt', [vms[cluster.members.indexOf(holder)] ?? '']);
    const survivors = cluster.members.filter((member) => member !== holder && member.isRunning);
    const [started, stopped] = await Promise.all([
      Promise.race(
        survivors.map((member) => member.first('role', ({ type }) => type === 'start', { since })),
      ),
      // Its work ends when its signal fires.
      holder.first('role', ({ type }) => type === 'stop', { since }),
    ]);
    gaps.push(Math.max(0, started.at - stopped.at));
    while (azure.approvals.length === i) await new Promise((resolve) => setTimeout(resolve, 10));
    approvals.push((azure.approvals[i]?.at ?? Number.NaN) - since);
    azure.end(event);
    await holder.end();
    cluster.add();
    await cluster.settled();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await cluster.end();
  await Promise.all(servers.map((server) => server.stop()));
  return { gaps, approvals };
}
