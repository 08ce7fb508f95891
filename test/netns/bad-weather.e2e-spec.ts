import { it } from 'vitest';
import { loss } from './faults.js';
import {
  Lab,
  describeHosts,
  foundDown,
  nobodyIsFoundDown,
  type LabOptions,
} from './lab.fixture.js';

const ROLES = [{ name: 'job', instances: 1 }];

describeHosts('in a network', () => {
  it.each<[string, Pick<LabOptions, 'faults' | 'delay'>]>([
    ['that loses 30 % of the frames', { faults: loss(0.3) }],
    ['with a latency of 200 ms and a jitter of 50', { delay: { latency: 200, jitter: 50 } }],
  ])('%s the cluster forms, nobody is taken for dead, and who dies is', async (_, weather) => {
    const lab = await Lab.start({ hosts: 5, roles: ROLES, ...weather });
    await nobodyIsFoundDown(lab.members, 20_000);
    const holder = await lab.holder('job');
    const since = holder.signal('SIGKILL');
    await holder.exited;
    await foundDown(lab.without(holder), [holder], since);
    await lab.cluster.settled(15_000);
  });
});
