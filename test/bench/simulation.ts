import { BeethovenModule } from 'nestjs-beethoven';
import { SimulatedCluster } from 'nestjs-beethoven/testing';
import { summary } from './statistics.js';

/** Virtual ms that all nodes together live while it is measured once, after as many to warm up. */
const NODE_TIME = 1_000_000;

const REPEATS = 5;

/** How many seconds the nodes of a calm, formed cluster live in a second of one core. */
async function nodeSecondsPerSecond(nodes: number, clusterNetMask: number): Promise<number[]> {
  const module = BeethovenModule.forRoot({ clusterName: 'bench', clusterNetMask });
  const cluster = await SimulatedCluster.create({ nodes, module });
  const span = NODE_TIME / nodes;
  await cluster.advance(span);
  const rates: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const before = process.cpuUsage();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await cluster.advance(span);
    const { user, system } = process.cpuUsage(before);
    rates.push((NODE_TIME * 1_000) / (user + system));
  }
  await cluster.close();
  return rates;
}

console.log(
  'Simulated node-seconds in a second of one core (CPU time of the process), min / median / max:',
);
// The smallest network with room: searching empty addresses is work, too.
const sizes = [
  [5, 29],
  [20, 27],
  [50, 26],
] as const;
for (const [nodes, mask] of sizes) {
  // oxlint-disable-next-line no-await-in-loop -- each has the core to itself
  const { min, median, max } = summary(await nodeSecondsPerSecond(nodes, mask));
  const figures = [min, median, max].map((rate) => Math.round(rate).toLocaleString('en'));
  const goal = nodes === 50 ? `; goal 2,000: ${median >= 2_000 ? 'ok' : 'MISS'}` : '';
  console.log(`  ${nodes} nodes in a /${mask}: ${figures.join(' / ')}${goal}`);
}
