import { expect, it } from 'vitest';
import { stamp } from '../support/stamp.js';
import { withoutUdp } from './faults.js';
import { Lab, describeHosts, foundDown, nobodyIsFoundDown, suspectsOf } from './lab.fixture.js';

const ROLES = [{ name: 'job', instances: 1 }];

describeHosts('a network without UDP', () => {
  it('has a cluster in which nobody is taken for dead, and who falls silent is', async () => {
    const lab = await Lab.start({ hosts: 5, roles: ROLES, faults: withoutUdp });
    await nobodyIsFoundDown(lab.members, 10_000);
    const holder = await lab.holder('job');
    const since = stamp();
    await lab.network.unplug(lab.hostOf(holder));
    await foundDown(lab.without(holder), [holder], since);
    await lab.cluster.settled(10_000, lab.without(holder));
  });

  it('that was one with it still has its cluster, and no suspicion lasts', async () => {
    const lab = await Lab.start({ hosts: 5, roles: ROLES });
    await lab.network.impose(...withoutUdp);
    await nobodyIsFoundDown(lab.members, 10_000);
    await expect.poll(() => lab.members.flatMap(suspectsOf), { timeout: 10_000 }).toEqual([]);
    await lab.cluster.settled(5_000);
  });
});
