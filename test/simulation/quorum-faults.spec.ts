import type { SimulatedCluster } from 'nestjs-beethoven/testing';
import { describe, expect, it } from 'vitest';
import { bank, watch } from './bank.js';
import { expectOneCluster } from './laws.js';
import type { Activity } from './quorum.module.js';

const ROLES = { ledger: 1, mail: 1 };

/** Nobody starts before the instance of another node has been told to stop, in whatever moment. */
function expectOneAtATime(log: readonly Activity[]): void {
  let holder: string | undefined;
  for (const { node, what, epoch } of log) {
    if (what === 'start') expect(holder, `holder when ${node} starts (${epoch})`).toBeUndefined();
    if (what === 'start') holder = node;
    else if (node === holder) holder = undefined;
  }
}

function parts(cluster: SimulatedCluster): { holder: string; others: string[] } {
  const [holder = ''] = cluster.holders('ledger');
  return { holder, others: cluster.nodes.filter((node) => node !== holder) };
}

/** A process that is gone says nothing of its roles any more. */
function crash(cluster: SimulatedCluster, log: Activity[], node: string): void {
  cluster.crash(node);
  log.push({ node, epoch: 0, what: 'crash' });
}

/** Everything heals: the role is back, once, under a higher epoch than ever before. */
async function expectBack(cluster: SimulatedCluster, log: readonly Activity[]): Promise<void> {
  cluster.heal();
  await watch(cluster, 10_000);
  await cluster.settled();
  expectOneCluster(cluster, ROLES);
  expectOneAtATime(log);
}

describe.each(['static-quorum', 'keep-majority'] as const)(
  'a quorum role under %s has one holder at most, and comes back',
  (strategy) => {
    it.each(['hears nobody', 'is heard by nobody'])('where its holder %s', async (way) => {
      const { cluster, log } = await bank(5, 201, strategy);
      const { holder, others } = parts(cluster);
      if (way === 'hears nobody') cluster.block(others, holder);
      else cluster.block(holder, others);
      await watch(cluster, 15_000);
      expect(others).toContain(cluster.holders('ledger')[0]);
      await expectBack(cluster, log);
    });

    it.each([211, 212])(
      'where one node sees two sides that do not see each other (seed %i)',
      async (seed) => {
        const { cluster, log } = await bank(5, seed, strategy);
        const { holder, others } = parts(cluster);
        const [bridge = '', near = '', ...far] = others;
        cluster.partition([holder, near], far);
        await watch(cluster, 15_000);
        expect(cluster.holders('ledger')).toHaveLength(1);
        crash(cluster, log, bridge);
        await watch(cluster, 5_000);
        cluster.restart(bridge);
        await watch(cluster, 10_000);
        await expectBack(cluster, log);
      },
    );

    it.each([221, 222])(
      'where its voters restart one after the other, and its holder is cut off in the middle of it (seed %i)',
      async (seed) => {
        const { cluster, log } = await bank(5, seed, strategy);
        const { holder, others } = parts(cluster);
        for (const [i, voter] of others.entries()) {
          crash(cluster, log, voter);
          await watch(cluster, 700);
          cluster.restart(voter);
          if (i === 1) cluster.isolate(holder);
          await watch(cluster, 2_500);
        }
        await expectBack(cluster, log);
      },
    );

    it.each([-10_000, 10_000])(
      'where the clock of its holder is off by %i ppm, and those of the others by as much the other way',
      async (drift) => {
        const { cluster, log } = await bank(5, 231, strategy);
        for (let round = 0; round < 3; round++) {
          const { holder, others } = parts(cluster);
          cluster.setClock(holder, { drift });
          for (const other of others) cluster.setClock(other, { drift: -drift });
          await watch(cluster, 5_000);
          cluster.isolate(holder);
          await watch(cluster, 8_000);
          expect(others).toContain(cluster.holders('ledger')[0]);
          await expectBack(cluster, log);
        }
      },
    );
  },
);
