import { expect, it } from 'vitest';
import { stamp } from '../support/stamp.js';
import {
  FORMATION,
  Lab,
  describeHosts,
  foundDown,
  nobodyIsFoundDown,
  reportedDown,
} from './lab.fixture.js';
import type { Host } from './namespace-network.js';
import { ip } from './run.js';

const ROLES = [{ name: 'job', instances: 1 }];

describeHosts('a host whose system says that there is no way', () => {
  it.each([
    ['to any other host (EHOSTUNREACH)', 'unreachable 10.77.0.0/29', 'add'],
    ['to the network (ENETUNREACH)', '10.77.0.0/28 dev eth0', 'delete'],
  ])('%s loses them without fuss, and has them back with the way', async (_, route, change) => {
    const lab = await Lab.start({ hosts: 4, roles: ROLES });
    const holder = await lab.holder('job');
    const others = lab.without(holder);
    const { namespace } = lab.hostOf(holder);
    const before = await holder.state();
    const since = stamp();
    await ip([`route ${change} ${route}`], namespace);
    await Promise.all([foundDown(others, [holder], since), foundDown([holder], others, since)]);
    await Promise.all([lab.cluster.settled(10_000, others), lab.cluster.settled(10_000, [holder])]);
    // Dials that fail at once are not repeated at once: it stays a calm node.
    const after = await holder.state();
    const used = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
    expect(used / 1_000).toBeLessThan(0.2 * (after.at - before.at));

    await ip([`route ${change === 'add' ? 'delete' : 'add'} ${route}`], namespace);
    await lab.cluster.settled(15_000);
    for (const member of others) expect(reportedDown(member, since)).toEqual([holder.id]);
  });

  it('to one host stays with it in one cluster', async () => {
    const lab = await Lab.build({ hosts: 3, roles: ROLES });
    const [near, far] = lab.hosts as [Host, Host];
    await ip([`route add unreachable ${far.address}/32`], near.namespace);
    for (const host of lab.hosts) lab.add(host);
    await lab.cluster.settled(FORMATION);
    await nobodyIsFoundDown(lab.members, 8_000);
    await ip([`route delete unreachable ${far.address}/32`], near.namespace);
    await lab.cluster.settled(10_000);
  });
});
