import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RealCluster } from '../support/real-cluster.js';
import { DnsServer } from './dns-server.js';

const HOSTS = [1, 2, 3, 4, 5, 6].map((last) => `127.0.0.${last}`);

let dns: DnsServer;
let cluster: RealCluster | undefined;

beforeEach(async () => {
  dns = await DnsServer.start();
});

afterEach(async () => {
  await cluster?.end();
  cluster = undefined;
  await dns.stop();
});

/** Nodes that know nothing of each other but a name. */
function named(seed: string): RealCluster {
  const options = { discovery: ['seeds'], seeds: [seed], nameServers: [dns.address] };
  cluster = new RealCluster({ nodes: 5, beethoven: options });
  return cluster;
}

describe('five nodes behind one DNS name', { timeout: 120_000 }, () => {
  it('are one cluster, whatever becomes of the records', async () => {
    dns.addresses.set('shop.test', HOSTS.slice(0, 5));
    const real = named('shop.test');
    for (let i = 0; i < 5; i++) real.add();
    await real.settled(30_000);

    // Two go, and the name now stands for one of those who stay: two new ones find all of them through it.
    for (const member of real.running.slice(0, 2)) await member.end();
    await real.settled(30_000);
    const [stays] = real.running;
    dns.addresses.set('shop.test', [stays?.id.replace(/^.*@(.*):.*$/, '$1') ?? '']);
    real.add();
    real.add();
    await real.settled(30_000);
    expect(real.running).toHaveLength(5);
  });

  it('that is unknown at first are one cluster once it is known', async () => {
    const real = named('shop.test');
    const alone = Array.from({ length: 5 }, () => real.add());
    const modes = alone.map(async (member) => (await member.first('ready')).mode);
    expect(await Promise.all(modes)).toEqual(alone.map(() => 'standalone'));
    dns.addresses.set('shop.test', HOSTS);
    await real.settled(30_000);
    expect(dns.asked).toBeGreaterThan(5);
  });

  it('of a service find each other at the hosts and ports of its records', async () => {
    const real = named('_beethoven._tcp.shop.test');
    const records = HOSTS.map((address, index) => ({ host: `n${index}.shop.test`, address }));
    for (const { host, address } of records) dns.addresses.set(host, [address]);
    dns.services.set(
      '_beethoven._tcp.shop.test',
      records.map(({ host }) => ({ host, port: real.port })),
    );
    for (let i = 0; i < 5; i++) real.add();
    await real.settled(30_000);
    expect(real.running).toHaveLength(5);
  });
});
