import { expect, it } from 'vitest';
import { FORMATION, Lab, describeHosts } from './lab.fixture.js';
import { ip } from './run.js';

const ROLES = [{ name: 'job', instances: 1 }];

describeHosts('a host whose network comes up after its node', () => {
  it('has its own address from the beginning, and is found once the cable is in', async () => {
    const lab = await Lab.build({ hosts: 3, roles: ROLES });
    const [late, ...others] = lab.hosts;
    await lab.network.unplug(late!);
    const member = lab.add(late!);
    for (const host of others) lab.add(host);
    await lab.cluster.settled(FORMATION, [member]);
    expect(member.id).toContain(`@${late!.address}:33000`);
    await lab.cluster.settled(FORMATION, lab.without(member));
    await lab.network.plugIn(late!);
    await lab.cluster.settled(20_000);
  });

  it('that has no address yet takes the first that it gets', async () => {
    const lab = await Lab.build({ hosts: 3, roles: ROLES });
    const [late, ...others] = lab.hosts;
    await ip([`addr del ${late!.address}/28 dev eth0`], late!.namespace);
    const member = lab.add(late!);
    await member.first('assembled');
    for (const host of others) lab.add(host);
    await ip([`addr add ${late!.address}/28 dev eth0`], late!.namespace);
    await lab.cluster.settled(FORMATION);
    expect(member.id).toContain(`@${late!.address}:33000`);
  });
});
