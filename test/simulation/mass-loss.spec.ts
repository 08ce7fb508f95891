import { describe, expect, it } from 'vitest';
import { CoreServerService, RoleMgmtService } from 'nestjs-beethoven';
import { SimulatedCluster } from 'nestjs-beethoven/testing';
import { ShopModule } from './shop.module.js';

const held = (cluster: SimulatedCluster, node: string): string[] =>
  cluster
    .app(node)
    .get(RoleMgmtService)
    .local()
    .map(({ role }) => role);

/** Three nodes, one of them cut off from the others. Until it takes the first member for dead. */
async function alone(seed: number) {
  const cluster = await SimulatedCluster.create({ nodes: 3, module: ShopModule, seed });
  const idle = cluster.nodes.find((node) => held(cluster, node).length < 2) ?? 'nobody';
  cluster.isolate(idle);
  const live = (): number => cluster.app(idle).get(CoreServerService).nodes().length;
  await cluster.until(() => live() < 3);
  return { cluster, idle, before: held(cluster, idle), live };
}

describe('a node that hears nobody any more', () => {
  it.each([1, 2, 3])(
    'starts no roles when the network is back in a moment (seed %i)',
    async (seed) => {
      const { cluster, idle, before } = await alone(seed);
      await using _ = cluster;
      for (let i = 0; i < 10; i++) {
        await cluster.advance(100);
        expect(held(cluster, idle)).toEqual(before);
      }
      cluster.heal();
      await cluster.settled();
    },
  );

  it('starts them all when it is not', async () => {
    const { cluster, idle, live } = await alone(1);
    await using _ = cluster;
    await cluster.until(() => live() === 1);
    await cluster.until(() => held(cluster, idle).length === 2, 5_000);
  });
});
