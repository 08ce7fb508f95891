import { SimulatedCluster } from 'nestjs-beethoven/testing';
import { expect } from 'vitest';
import { ledgerModule, type Activity } from './quorum.module.js';

/** Nodes of an application with a quorum role, `ledger`, and what its instances go through. */
export async function bank(
  nodes: number,
  seed: number,
  strategy: 'static-quorum' | 'keep-majority' = 'static-quorum',
) {
  const log: Activity[] = [];
  const quorumSize = Math.floor(nodes / 2) + 1;
  const splitBrain = strategy === 'static-quorum' ? { strategy, quorumSize } : { strategy };
  const module = ledgerModule(splitBrain, log);
  const cluster = await SimulatedCluster.create({ nodes, module, seed });
  return { cluster, log };
}

/** Lets time pass in small steps. Law 4: never two holders. */
export async function watch(cluster: SimulatedCluster, ms: number): Promise<void> {
  for (const end = cluster.now + ms; cluster.now < end;) {
    await cluster.advance(10);
    expect(cluster.holders('ledger').length, `holders at ${cluster.now}`).toBeLessThan(2);
  }
}
