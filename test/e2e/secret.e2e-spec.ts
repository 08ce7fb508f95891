import { afterEach, describe, expect, it } from 'vitest';
import { generateSecret } from 'nestjs-beethoven';
import { TestAuthority } from '../../libs/beethoven/src/network/security/certificates.fixture.js';
import { RealCluster } from '../support/real-cluster.js';

let cluster: RealCluster | undefined;
afterEach(() => cluster?.end());

const roles = [{ name: 'job', instances: 1 }];

describe('a cluster with a secret', () => {
  it('moves a role like any other, and lets nobody in who has another', async () => {
    const secret = generateSecret();
    cluster = await RealCluster.start({ nodes: 3, roles, beethoven: { secret } });
    const outsider = cluster.add(undefined, { secret: generateSecret() });
    await outsider.first('ready');
    const insiders = cluster.running.filter((member) => member !== outsider);
    expect((await outsider.state()).live).toEqual([outsider.id]);
    expect(await cluster.trouble(insiders)).toBeUndefined();
    await outsider.end();

    const [holder] = await cluster.holders('job');
    holder!.signal('SIGKILL');
    await holder!.exited;
    await cluster.settled();
    expect(await cluster.holders('job')).toHaveLength(1);
  });

  it('is given another secret, node by node, and is one cluster with its role after each step', async () => {
    const [before, after] = [generateSecret(), generateSecret()];
    cluster = await RealCluster.start({ nodes: 3, roles, beethoven: { secret: before } });
    const steps = [[before, after], [after, before], after];
    for (const secret of steps) {
      for (const member of cluster.running) {
        // oxlint-disable-next-line no-await-in-loop -- one node after the other, as an operator would
        await member.end();
        cluster.add(undefined, { secret });
        // oxlint-disable-next-line no-await-in-loop
        await cluster.settled();
      }
    }
    const late = cluster.add(undefined, { secret: before });
    await late.first('ready');
    expect((await late.state()).live).toEqual([late.id]);
  });

  it('may use certificates instead', async () => {
    const authority = new TestAuthority('shop');
    const beethoven = (member: number) => ({ tls: authority.issue(`node-${member}`) });
    cluster = await RealCluster.start({ nodes: 3, roles, beethoven });
    const outsider = cluster.add(undefined, { tls: new TestAuthority('shop').issue('node-3') });
    await outsider.first('ready');
    expect((await outsider.state()).live).toEqual([outsider.id]);
  });
});
