import { NoQuorumError, TableService } from 'nestjs-beethoven';
import { SimulatedCluster } from 'nestjs-beethoven/testing';
import { describe, expect, it } from 'vitest';
import { bank, watch } from './bank.js';
import { expectOneCluster } from './laws.js';
import { ledgerModule, type Activity } from './quorum.module.js';

const ROLES = { ledger: 1, mail: 1 };

function expectGrowingEpochs(log: readonly Activity[]): void {
  const epochs = log.filter(({ what }) => what === 'start').map(({ epoch }) => epoch);
  for (const [i, epoch] of epochs.entries())
    if (i > 0) expect(epoch).toBeGreaterThan(epochs[i - 1] ?? 0);
}

describe('a transaction under a quorum strategy', () => {
  it('is refused on the side without quorum, made on the other, and seen by all in the end', async () => {
    const { cluster } = await bank(5, 71);
    const { nodes } = cluster;
    const accounts = (node: string) =>
      cluster
        .app(node)
        .get(TableService)
        .open<{ id: string; cents: number }>({
          name: 'accounts',
          key: 'id',
          columns: ['id', 'cents'],
        });
    const tables = nodes.map(accounts);
    await cluster.advance(1_000);
    cluster.partition(nodes.slice(0, 2), nodes.slice(2));

    // Also one that was begun before anybody knew of the cut.
    const outcomes = [0, 1, 2].map((i) =>
      tables[i]!.transaction((tx) => tx.put({ id: `early-${i}`, cents: i })).then(
        () => 'made',
        (error: unknown) => error,
      ),
    );
    await cluster.advance(10_000);
    const [first, second, third] = await Promise.all(outcomes);
    expect([first, second]).toEqual([expect.any(NoQuorumError), expect.any(NoQuorumError)]);
    // It may have begun on the other side's coordinator; then it is lost in time, and said to be.
    expect(['made', 'TransactionTimeoutError']).toContain(
      third === 'made' ? third : (third as Error).name,
    );

    await expect(
      tables[0]!.transaction((tx) => tx.put({ id: 'late', cents: 1 })),
    ).rejects.toBeInstanceOf(NoQuorumError);
    const made = tables[4]!.transaction((tx) => tx.put({ id: 'late', cents: 2 }));
    await cluster.advance(100);
    await made;
    cluster.heal();
    await cluster.settled();
    expect(tables.map((table) => table.get('late')?.cents)).toEqual([2, 2, 2, 2, 2]);
  });
});

describe('a quorum role', () => {
  it.each([1, 2, 3])('runs once in a healthy cluster (seed %i)', async (seed) => {
    const { cluster } = await bank(5, seed);
    expectOneCluster(cluster, ROLES);
  });

  it.each([11, 12, 13, 14])(
    'stops on the side without quorum before the other side starts it (seed %i)',
    async (seed) => {
      const { cluster, log } = await bank(5, seed);
      const [holder = ''] = cluster.holders('ledger');
      const others = cluster.nodes.filter((node) => node !== holder);
      log.length = 0;

      cluster.partition([holder, ...others.slice(0, 1)], others.slice(1));
      await watch(cluster, 10_000);
      expect(log.map(({ what }) => what)).toEqual(['abort', 'no-quorum', 'start']);
      expect(others.slice(1)).toContain(cluster.holders('ledger')[0]);
      // The available role runs on both sides.
      expect(cluster.holders('mail')).toHaveLength(2);

      cluster.heal();
      await watch(cluster, 10_000);
      await cluster.settled();
      expectOneCluster(cluster, ROLES);
      expectGrowingEpochs(log);
      // Whoever had the quorum goes on undisturbed.
      expect(log).toHaveLength(3);
    },
  );

  it.each([21, 22])('stays where it is when the others lose the quorum (seed %i)', async (seed) => {
    const { cluster, log } = await bank(5, seed);
    const [holder = ''] = cluster.holders('ledger');
    const others = cluster.nodes.filter((node) => node !== holder);
    log.length = 0;
    cluster.partition([holder, ...others.slice(0, 2)], others.slice(2));
    await watch(cluster, 20_000);
    cluster.heal();
    await watch(cluster, 10_000);
    expect(log).toEqual([]);
  });

  it.each([31, 32])('moves within three seconds of a crash (seed %i)', async (seed) => {
    const { cluster, log } = await bank(3, seed);
    const [holder = ''] = cluster.holders('ledger');
    cluster.crash(holder);
    await watch(cluster, 3_000);
    expect(cluster.holders('ledger')).toHaveLength(1);
    cluster.restart(holder);
    await watch(cluster, 10_000);
    expectOneCluster(cluster, ROLES);
    expectGrowingEpochs(log);
  });

  it('moves when its node is told to end, at the latest as after a crash', async () => {
    const { cluster } = await bank(3, 41);
    const [holder = ''] = cluster.holders('ledger');
    await cluster.terminate(holder);
    await cluster.until(() => cluster.holders('ledger').length === 1, 3_500);
  });

  it('runs nowhere without a quorum, and again with one', async () => {
    const { cluster } = await bank(3, 51);
    const [a = '', b = ''] = cluster.nodes;
    cluster.crash(a);
    cluster.crash(b);
    await watch(cluster, 10_000);
    expect(cluster.holders('ledger')).toEqual([]);
    expect(cluster.holders('mail')).toHaveLength(1);
    cluster.restart(a);
    await watch(cluster, 10_000);
    expect(cluster.holders('ledger')).toHaveLength(1);
  });

  it.each([61, 62, 63])(
    'is lost by a node that stalls, and by nobody else (seed %i)',
    async (seed) => {
      const { cluster, log } = await bank(5, seed);
      const [holder = ''] = cluster.holders('ledger');
      log.length = 0;
      cluster.pause(holder);
      await watch(cluster, 10_000);
      const [other = ''] = cluster.holders('ledger');
      expect(other).not.toBe(holder);
      expect(other).not.toBe('');
      cluster.resume(holder);
      await watch(cluster, 5_000);
      expect(log.filter(({ node }) => node === holder).map(({ what }) => what)).toEqual([
        'abort',
        'no-quorum',
      ]);
      expectOneCluster(cluster, ROLES);
    },
  );
});

describe('a quorum role under keep-majority', () => {
  const majority = (nodes: number, seed: number) => bank(nodes, seed, 'keep-majority');

  it.each([101, 102, 103])('runs once in clusters of any size (seed %i)', async (seed) => {
    for (const nodes of [1, 2, 5]) {
      // oxlint-disable-next-line no-await-in-loop -- one cluster after the other
      const { cluster } = await majority(nodes, seed);
      expectOneCluster(cluster, ROLES);
    }
  });

  it.each([111, 112, 113])(
    'stops on the side of the fewer before the side of the more starts it (seed %i)',
    async (seed) => {
      const { cluster, log } = await majority(5, seed);
      const [holder = ''] = cluster.holders('ledger');
      const others = cluster.nodes.filter((node) => node !== holder);
      log.length = 0;
      cluster.partition([holder, ...others.slice(0, 1)], others.slice(1));
      await watch(cluster, 15_000);
      expect(log.map(({ what }) => what)).toEqual(['abort', 'no-quorum', 'start']);
      cluster.heal();
      await watch(cluster, 10_000);
      await cluster.settled();
      expectOneCluster(cluster, ROLES);
      expectGrowingEpochs(log);
      expect(log).toHaveLength(3);
    },
  );

  it('follows a cluster that loses one node after the other, down to two', async () => {
    const { cluster } = await majority(5, 121);
    for (let left = 4; left >= 2; left--) {
      cluster.crash(cluster.holders('ledger')[0] ?? '');
      await watch(cluster, 10_000);
      expect(cluster.nodes).toHaveLength(left);
      expect(cluster.holders('ledger')).toHaveLength(1);
    }
  });

  it('follows a cluster whose nodes leave, down to one', async () => {
    const { cluster } = await majority(4, 131);
    for (let left = 3; left >= 1; left--) {
      await cluster.terminate(cluster.holders('ledger')[0] ?? '');
      await watch(cluster, 5_000);
      expect(cluster.nodes).toHaveLength(left);
      expect(cluster.holders('ledger')).toHaveLength(1);
    }
  });

  it('is not won by a minority that newcomers make the larger side', async () => {
    const { cluster } = await majority(5, 141);
    const [holder = '', ...others] = cluster.nodes;
    const small = [holder, ...others.slice(0, 1)];
    const large = others.slice(1);
    cluster.partition(small, large);
    await watch(cluster, 10_000);
    const newcomers = [cluster.start(), cluster.start()];
    cluster.partition(newcomers, large);
    await watch(cluster, 20_000);
    const [running = ''] = cluster.holders('ledger');
    expect(large).toContain(running);
    cluster.heal();
    await watch(cluster, 10_000);
    await cluster.settled();
    expectOneCluster(cluster, ROLES);
  });

  it('runs again once all nodes of a lost majority are back', async () => {
    const { cluster } = await majority(3, 151);
    const [a = '', b = ''] = cluster.nodes;
    cluster.crash(a);
    cluster.crash(b);
    await watch(cluster, 20_000);
    expect(cluster.holders('ledger')).toEqual([]);
    cluster.restart(a);
    await watch(cluster, 20_000);
    // The third may live on the other side of a partition, with a majority that grew there.
    expect(cluster.holders('ledger')).toEqual([]);
    cluster.restart(b);
    await watch(cluster, 20_000);
    expect(cluster.holders('ledger')).toHaveLength(1);
  });

  it('runs again once all that remain of a lost majority were stopped, and started', async () => {
    const { cluster } = await majority(5, 155);
    const [a = '', b = '', c = '', ...remaining] = cluster.nodes;
    for (const lost of [a, b, c]) cluster.crash(lost);
    await watch(cluster, 20_000);
    expect(cluster.holders('ledger')).toEqual([]);
    for (const node of remaining) cluster.crash(node);
    for (const node of remaining) cluster.restart(node);
    await watch(cluster, 10_000);
    expect(cluster.holders('ledger')).toHaveLength(1);
  });

  it('goes on undisturbed while nodes join, the first one included', async () => {
    const { cluster, log } = await majority(1, 157);
    for (let nodes = 2; nodes <= 4; nodes++) {
      cluster.start();
      await watch(cluster, 5_000);
    }
    expect(cluster.report().map(({ voters }) => voters)).toEqual(
      Array(4).fill(cluster.nodes.toSorted()),
    );
    expect(log.map(({ what }) => what)).toEqual(['start']);
  });

  it('has one holder again when two clusters that were formed apart meet', async () => {
    const module = ledgerModule({ strategy: 'keep-majority' });
    const cluster = await SimulatedCluster.create({ nodes: 0, module, seed: 161 });
    const [a, b, c, d] = [cluster.start(), cluster.start(), cluster.start(), cluster.start()];
    cluster.partition([a, b], [c, d]);
    await cluster.advance(15_000);
    expect(cluster.holders('ledger')).toHaveLength(2);
    cluster.heal();
    await cluster.settled();
    await cluster.advance(5_000);
    expectOneCluster(cluster, ROLES);
  });
});
