import { Module } from '@nestjs/common';
import { AllocatorService, BeethovenModule } from 'nestjs-beethoven';
import { SimulatedCluster } from 'nestjs-beethoven/testing';

const NODES = 100;
const CALLS = 2_000_000;

@Module({
  imports: [BeethovenModule.forRoot({ clusterNetMask: 24, hwMon: false })],
})
class CrowdModule {}

/** Calls of `allocate()` in a second on a node that knows a hundred, all of them with a score of their own. */
export async function allocateRate(repeats: number): Promise<number[]> {
  const cluster = await SimulatedCluster.create({ nodes: NODES, module: CrowdModule });
  const allocators = cluster.nodes.map((node) => cluster.app(node).get(AllocatorService));
  for (const [i, allocator] of allocators.entries())
    allocator.send({ name: 'busy', type: 'preProcessed', value: NODES - i });
  await cluster.advance(1_000);
  const [allocator] = allocators;
  const expected = cluster.nodes.at(-1);
  if (allocator?.allocate() !== expected) throw new Error('The scores have not arrived.');

  const rates: number[] = [];
  for (let i = 0; i < repeats; i++) {
    let right = 0;
    const from = performance.now();
    for (let call = 0; call < CALLS; call++) if (allocator?.allocate() === expected) right++;
    const seconds = (performance.now() - from) / 1_000;
    if (right !== CALLS) throw new Error('allocate() changed its mind.');
    rates.push(CALLS / seconds);
  }
  return rates;
}
