import { expect, it } from 'vitest';
import { Lab, describeHosts, FORMATION } from './lab.fixture.js';
import { stamp } from '../support/stamp.js';

describeHosts('a node that starts again on another host, under its old name', () => {
  it('is a new member, its old self is found down, and the cluster has no ghost', async () => {
    const lab = await Lab.build({ hosts: 4, roles: [{ name: 'job', instances: 1 }] });
    const [old, spare, ...others] = lab.hosts;
    const first = lab.add(old!, { nodeName: 'wanderer' });
    for (const host of others) lab.add(host);
    await lab.cluster.settled(FORMATION);
    const since = stamp();
    const oldId = first.id;
    await lab.network.unplug(old!);
    await first.end();
    const again = lab.add(spare!, { nodeName: 'wanderer' });
    await lab.cluster.settled(FORMATION);

    expect(again.id).toBe(`wanderer@${spare!.address}:33000`);
    for (const member of lab.without(first, again)) {
      const news = member.reports.flatMap((report) =>
        report.report === 'node' && report.at >= since && report.node.startsWith('wanderer@')
          ? [`${report.type} ${report.node}`]
          : [],
      );
      expect(news.filter((line) => !line.startsWith('suspected'))).toEqual(
        expect.arrayContaining([`down ${oldId}`, `joined ${again.id}`]),
      );
    }
  });
});
