import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { BeethovenModule } from '../beethoven.module.js';
import { currentPorts, withPorts } from '../beethoven.ports.js';
import { MissingPackageError } from '../errors/missing-package.error.js';
import { SimulatedCluster } from '../testing/simulated-cluster.js';
import { LocatorService } from './locator.service.js';

@Module({ imports: [BeethovenModule.forRoot({ discovery: ['multicast-dns'] })] })
class AppModule {}

const liveCounts = (cluster: SimulatedCluster): number[] =>
  cluster.report().map(({ live }) => live.length);

describe('nodes that have nothing but multicast DNS', () => {
  it('are one cluster, again after a partition, and say so in the report', async () => {
    await using cluster = await SimulatedCluster.create({ nodes: 5, module: AppModule, seed: 1 });
    await cluster.settled();
    expect(liveCounts(cluster)).toEqual([5, 5, 5, 5, 5]);
    const [report] = cluster.app('n1').get(LocatorService).report();
    expect(report).toMatchObject({ source: 'multicast-dns' });
    expect(report!.outcomes['linked']).toBeGreaterThan(0);

    cluster.partition(['n1', 'n2'], ['n3', 'n4', 'n5']);
    await cluster.settled();
    expect(liveCounts(cluster)).toEqual([2, 2, 3, 3, 3]);
    cluster.heal();
    await cluster.settled();
    expect(liveCounts(cluster)).toEqual([5, 5, 5, 5, 5]);
  });

  it('are one cluster also where a third of what is said gets lost', async () => {
    await using cluster = await SimulatedCluster.create({ nodes: 5, module: AppModule, seed: 2 });
    cluster.degrade({ loss: 0.3 });
    await cluster.until(() => liveCounts(cluster).join() === '5,5,5,5,5', 130_000);
  });

  it('find each other within a minute of the first way between them', async () => {
    await using cluster = await SimulatedCluster.create({ nodes: 1, module: AppModule, seed: 3 });
    const other = cluster.start();
    cluster.isolate(other);
    await cluster.settled();
    await cluster.advance(300_000);
    expect(liveCounts(cluster)).toEqual([1, 1]);
    cluster.heal();
    await cluster.until(() => liveCounts(cluster).join() === '2,2', 75_000);
  });
});

describe('multicast DNS without its package', () => {
  const missing = new MissingPackageError('multicast-dns', '^7.2.5', 'discovery');

  it('ends the start of the application with the cure', async () => {
    const ports = { ...currentPorts(), loadMulticastDns: () => Promise.reject(missing) };
    const start = withPorts(ports, () =>
      NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false }),
    );
    await expect(start).rejects.toThrow('npm install multicast-dns@^7.2.5');
  });
});
