import { expect, it } from 'vitest';
import { stamp } from '../support/stamp.js';
import { halfOpenConnections } from './connections.js';
import { partition } from './faults.js';
import { FORMATION, Lab, describeHosts, foundDown, reportedDown } from './lab.fixture.js';
import type { Host } from './namespace-network.js';

const ROLES = [{ name: 'job', instances: 1 }];

describeHosts('a host that falls silent', () => {
  it('because its cable is pulled is down for all, and comes back', async () => {
    const lab = await Lab.start({ hosts: 5, roles: ROLES });
    const holder = await lab.holder('job');
    const others = lab.without(holder);
    const since = stamp();
    await lab.network.unplug(lab.hostOf(holder));
    await Promise.all([foundDown(others, [holder], since), foundDown([holder], others, since)]);
    await Promise.all([lab.cluster.settled(10_000, others), lab.cluster.settled(10_000, [holder])]);
    const [successor] = await lab.cluster.holders('job', others);
    expect(others).toContain(successor);

    await lab.network.plugIn(lab.hostOf(holder));
    await lab.cluster.settled(15_000);
    for (const member of others) expect(reportedDown(member, since)).toEqual([holder.id]);
  });

  it.each([
    ['another name', 'before anybody has missed it'],
    ['the same name', 'before anybody has missed it'],
    ['another name', 'after it was down for all'],
    ['the same name', 'after it was down for all'],
  ])('because its power is cut, and is back with %s %s, is a new member', async (name, when) => {
    const lab = await Lab.build({ hosts: 4, roles: ROLES });
    const [host, ...otherHosts] = lab.hosts as [Host, ...Host[]];
    const old = lab.add(host, { nodeName: 'phoenix' });
    const others = otherHosts.map((other) => lab.add(other));
    await lab.cluster.settled(FORMATION);

    const since = stamp();
    await lab.network.impose(...partition([host], otherHosts));
    await old.end(); // the kernel tells everybody, and nobody hears it
    if (when.startsWith('after')) await foundDown(others, [old], since);
    const back = lab.add(host, { nodeName: name === 'the same name' ? 'phoenix' : 'sparrow' });
    await back.first('started', undefined, { deadline: FORMATION });
    await lab.network.heal();
    await lab.cluster.settled(15_000);
    for (const member of others) expect(reportedDown(member, since)).toEqual([old.id]);
    // What is left of the connections to the old one ends as well.
    const halfOpen = () =>
      others.flatMap((member) => halfOpenConnections(member, back, host.address));
    await expect.poll(halfOpen, { timeout: 15_000 }).toEqual([]);
  });
});
