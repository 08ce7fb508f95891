import { generateSecret } from 'nestjs-beethoven';
import { afterEach, describe, expect, it } from 'vitest';
import { Crowd, endpointsOf } from '../security/crowd.js';
import { RealCluster } from '../support/real-cluster.js';

let cluster: RealCluster | undefined;
let crowd: Crowd | undefined;
afterEach(async () => {
  crowd?.disperse();
  await cluster?.end();
});

describe('10,000 strangers, and 1,000 that say nothing,', { timeout: 120_000 }, () => {
  it.each([
    ['in the open', {}],
    ['with a secret', { secret: generateSecret() }],
  ])('do not keep a role from moving, %s', async (_, beethoven) => {
    const roles = [{ name: 'job', instances: 1 }];
    cluster = await RealCluster.start({ nodes: 4, roles, beethoven });
    const [holder] = await cluster.holders('job');
    const survivors = cluster.running.filter((member) => member !== holder);
    crowd = new Crowd(endpointsOf(survivors.map(({ id }) => id)));
    crowd.loiter(1_000);
    const storm = crowd.storm(10_000, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await new Promise((resolve) => void setTimeout(resolve, 500)); // in the middle of it

    holder?.signal('SIGKILL');
    await holder?.exited;
    await cluster.settled(30_000);
    await storm;
    expect(crowd.connected).toBeGreaterThanOrEqual(10_000);
    expect(await cluster.trouble()).toBeUndefined();
  });
});
