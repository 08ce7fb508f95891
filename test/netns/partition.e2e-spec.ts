import { expect, it } from 'vitest';
import { stamp } from '../support/stamp.js';
import { oneWayCut, partition } from './faults.js';
import {
  Lab,
  describeHosts,
  foundDown,
  nobodyIsFoundDown,
  reportedDown,
  suspicions,
} from './lab.fixture.js';

const ROLES = [
  { name: 'job', instances: 1 },
  { name: 'crew', instances: 2 },
];

/**
 * Nobody is taken for dead, and once the links that are cut have been given up, which is held against a member once, next to nobody is even
 * suspected: those who do not hear each other are asked by others.
 */
async function hearEachOtherThroughOthers(lab: Lab): Promise<void> {
  await nobodyIsFoundDown(lab.members, 10_000);
  const since = stamp();
  await nobodyIsFoundDown(lab.members, 8_000);
  expect(suspicions(lab.members, since)).toBeLessThan(6);
}

describeHosts('a network that is cut', () => {
  it('in two makes two clusters, each with every role, and one again when it heals', async () => {
    const lab = await Lab.start({ hosts: 6, roles: ROLES });
    const [few, many] = [lab.members.slice(0, 2), lab.members.slice(2)];
    const since = stamp();
    await lab.network.impose(...partition(lab.hosts.slice(0, 2), lab.hosts.slice(2)));
    await Promise.all([foundDown(few, many, since), foundDown(many, few, since)]);
    await Promise.all([lab.cluster.settled(10_000, few), lab.cluster.settled(10_000, many)]);

    await lab.network.heal();
    await lab.cluster.settled(15_000);
    for (const [side, other] of [
      [few, many],
      [many, few],
    ] as const) {
      const lost = other.map(({ id }) => id).toSorted();
      for (const member of side) expect(reportedDown(member, since).toSorted()).toEqual(lost);
    }
  });

  it('in two halves that a host between them still reaches stays one cluster', async () => {
    const lab = await Lab.start({ hosts: 5, roles: ROLES });
    await lab.network.impose(...partition(lab.hosts.slice(0, 2), lab.hosts.slice(3)));
    await hearEachOtherThroughOthers(lab);
    await lab.cluster.settled(5_000);
    await lab.network.heal();
    await lab.cluster.settled(10_000);
  });

  it('from one host to another, one way only, stays one cluster', async () => {
    const lab = await Lab.start({ hosts: 5, roles: ROLES });
    const [from, to] = lab.hosts;
    await lab.network.impose(...oneWayCut([from!], [to!]));
    await hearEachOtherThroughOthers(lab);
    await lab.cluster.settled(5_000);
    await lab.network.heal();
    await lab.cluster.settled(10_000);
  });

  it.each(['deaf', 'mute'] as const)(
    'so that one host is %s takes that host out, and takes it back',
    async (ailment) => {
      const lab = await Lab.start({ hosts: 5, roles: ROLES });
      const holder = await lab.holder('job');
      const [host, others] = [[lab.hostOf(holder)], lab.without(holder)];
      const otherHosts = others.map((member) => lab.hostOf(member));
      const since = stamp();
      await lab.network.impose(
        ...(ailment === 'deaf' ? oneWayCut(otherHosts, host) : oneWayCut(host, otherHosts)),
      );
      await Promise.all([foundDown(others, [holder], since), foundDown([holder], others, since)]);
      await Promise.all([
        lab.cluster.settled(10_000, others),
        lab.cluster.settled(10_000, [holder]),
      ]);
      await lab.network.heal();
      await lab.cluster.settled(15_000);
      for (const member of others) expect(reportedDown(member, since)).toEqual([holder.id]);
    },
  );
});
