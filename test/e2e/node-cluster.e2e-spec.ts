import cluster from 'node:cluster';
import { afterEach, expect, it } from 'vitest';
import { Member } from '../support/member.js';
import { RealCluster } from '../support/real-cluster.js';

const real = new RealCluster({ nodes: 3, roles: [{ name: 'job', instances: 1 }] });

afterEach(() => real.end());

it('workers of node:cluster are nodes of their own, each with a listener that it shares with nobody', async () => {
  cluster.setupPrimary({ exec: RealCluster.entry, execArgv: [] });
  for (let worker = 0; worker < 3; worker++)
    real.members.push(new Member(cluster.fork({ MEMBER: JSON.stringify(real.spec()) }).process));
  await real.settled(30_000);
  const endpoints = real.members.map(({ id }) => id.split('@')[1]);
  const expected = ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((host) => `${host}:${real.port}`);
  expect(new Set(endpoints)).toEqual(new Set(expected));
}, 60_000);
