import { execFileSync } from 'node:child_process';
import { Member } from '../../support/member.js';
import { RealCluster } from '../../support/real-cluster.js';

const NAMESPACE = `bhv-hole-${process.pid}`;

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });

/**
 * A node alone in a /24 where nobody answers, not even with a refusal: application started to standalone (ms). The network is a
 * namespace with a link to nowhere; needs root and iproute2, `undefined` where they are missing.
 */
export async function blackHole(repeats: number): Promise<number[] | undefined> {
  try {
    ip('netns', 'add', NAMESPACE);
  } catch {
    return undefined;
  }
  try {
    ip('-n', NAMESPACE, 'link', 'add', 'hole0', 'type', 'veth', 'peer', 'name', 'hole1');
    ip('-n', NAMESPACE, 'addr', 'add', '10.77.0.1/24', 'dev', 'hole0');
    for (const device of ['lo', 'hole0', 'hole1']) ip('-n', NAMESPACE, 'link', 'set', device, 'up');
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const member = new Member(
        RealCluster.entry,
        {
          beethoven: { clusterNet: '10.77.0.0', clusterNetMask: 24, insecure: true },
          roles: [],
        },
        { namespace: NAMESPACE },
      );
      const { at: startedAt } = await member.first('started');
      const { at } = await member.first('ready');
      times.push(at - startedAt);
      await member.end();
    }
    return times;
  } finally {
    ip('netns', 'del', NAMESPACE);
  }
}
