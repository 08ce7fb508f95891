import { it } from 'vitest';
import { partition } from './faults.js';
import { FORMATION, Lab, describeHosts } from './lab.fixture.js';

describeHosts('two clusters of one name', () => {
  it('that formed apart are one within 10 s of the first way between them', async () => {
    const lab = await Lab.build({ hosts: 8, roles: [{ name: 'job', instances: 1 }] });
    await lab.network.impose(...partition(lab.hosts.slice(0, 4), lab.hosts.slice(4)));
    for (const host of lab.hosts) lab.add(host);
    const [one, other] = [lab.members.slice(0, 4), lab.members.slice(4)];
    await Promise.all([lab.cluster.settled(FORMATION, one), lab.cluster.settled(FORMATION, other)]);
    await lab.network.heal();
    await lab.cluster.settled(10_000);
  });
});
