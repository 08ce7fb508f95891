import { BeethovenModule } from 'nestjs-beethoven';
import { SimulatedCluster } from 'nestjs-beethoven/testing';

/** Virtual ms that all nodes together live while it is measured, after as many to warm up. */
const NODE_TIME = 1_000_000;

/** How many seconds the nodes of a calm, formed cluster live in a second of one core. */
async function nodeSecondsPerSecond(nodes: number, clusterNetMask: number): Promise<number> {
  const module = BeethovenModule.forRoot({ clusterName: 'bench', clusterNetMask });
  const cluster = await SimulatedCluster.create({ nodes, module });
  const span = NODE_TIME / nodes;
  await cluster.advance(span);
  const before = process.cpuUsage();
  await cluster.advance(span);
  const { user, system } = process.cpuUsage(before);
  await cluster.close();
  return (NODE_TIME * 1_000) / (user + system);
}

console.log('Simulated node-seconds in a second of one core (CPU time of the process):');
// The smallest network with room: searching empty addresses is work, too.
const sizes = [
  [5, 29],
  [20, 27],
  [50, 26],
] as const;
for (const [nodes, mask] of sizes) {
  // oxlint-disable-next-line no-await-in-loop -- each has the core to itself
  const rate = await nodeSecondsPerSecond(nodes, mask);
  const goal = nodes === 50 ? `; goal 2,000: ${rate >= 2_000 ? 'ok' : 'MISS'}` : '';
  console.log(`  ${nodes} nodes in a /${mask}: ${Math.round(rate).toLocaleString('en')}${goal}`);
}
