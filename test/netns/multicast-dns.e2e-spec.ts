import { expect, it } from 'vitest';
import { partition } from './faults.js';
import { FORMATION, Lab, describeHosts } from './lab.fixture.js';

const OPTIONS = { discovery: ['multicast-dns'] };

describeHosts('hosts with nothing but multicast DNS', () => {
  it('are one cluster, with one that comes later and one that comes back', async () => {
    const lab = await Lab.build({ hosts: 4, roles: [{ name: 'job', instances: 1 }] });
    const [last, ...first] = lab.hosts.toReversed();
    for (const host of first) lab.add(host, OPTIONS);
    await lab.cluster.settled(FORMATION);
    lab.add(last!, OPTIONS);
    await lab.cluster.settled(FORMATION);

    const [, victim] = lab.members;
    await victim?.end();
    await lab.cluster.settled(FORMATION);
    lab.add(first[1]!, OPTIONS);
    await lab.cluster.settled(FORMATION);
    expect(lab.cluster.running).toHaveLength(4);
  });

  it('find each other once there is a way between them', async () => {
    const lab = await Lab.build({ hosts: 2, roles: [{ name: 'job', instances: 1 }] });
    await lab.network.impose(...partition(lab.hosts.slice(0, 1), lab.hosts.slice(1)));
    for (const host of lab.hosts) lab.add(host, OPTIONS);
    for (const member of lab.members) await lab.cluster.settled(FORMATION, [member]);
    await lab.network.heal();
    await lab.cluster.settled(75_000);
  });
});
