import { NamespaceNetwork } from '../../netns/namespace-network.js';
import { RealCluster } from '../../support/real-cluster.js';

/**
 * A node alone in a /24 where nobody answers, not even with a refusal: application started to standalone (ms). The network is
 * one of namespaces; `undefined` where it cannot be made.
 */
export async function blackHole(repeats: number): Promise<number[] | undefined> {
  const network = await NamespaceNetwork.create({ hosts: 1, mask: 24 }).catch(() => undefined);
  const [host] = network?.hosts ?? [];
  if (network === undefined || host === undefined) return undefined;
  const options = { clusterNet: NamespaceNetwork.range, clusterNetMask: 24, insecure: true };
  const cluster = new RealCluster({ nodes: 1, beethoven: options });
  try {
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const member = cluster.add({ namespace: host.namespace });
      const { at: startedAt } = await member.first('started');
      const { at } = await member.first('ready');
      times.push(at - startedAt);
      await member.end();
    }
    return times;
  } finally {
    await cluster.end();
    await network.close();
  }
}
