import { parseArgs } from 'node:util';
import { print } from '../bench/table.js';
import { summary } from '../bench/statistics.js';
import { healedRoles } from './healed-roles.js';
import { MEASURES } from './measures.js';
import { processes } from './processes.js';
import { Stage } from './stage.js';

/** The partition of so many is measured with whole nodes and their roles as well. */
const WHOLE_NODES = 100;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '10,100,1000' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '5' },
    latency: { type: 'string', default: '0.5' },
  },
});
const sizes = values.nodes.split(',').map(Number);
const names = [...Object.keys(MEASURES), 'processes'];
const chosen = values.only === '' ? Object.keys(MEASURES) : values.only.split(',');
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No measure is called ${unknown.join(', ')}. There are: ${names.join(', ')}`);
  process.exit(2);
}

if (chosen.some((name) => name in MEASURES)) {
  for (const nodes of sizes) {
    const begun = process.cpuUsage();
    const stage = new Stage(
      nodes,
      Number(values.seed),
      Number(values.repeats),
      Number(values.latency),
    );
    for (const [name, measure] of Object.entries(MEASURES)) {
      if (!chosen.includes(name)) continue;
      for (const { measure: what, met, goal = '–', others = '–', ...row } of measure(stage)) {
        print({
          ...row,
          measure: `${nodes} nodes: ${what}`,
          goal,
          others,
          met: met ?? true,
          ours: summary(row.ours),
        });
      }
    }
    const { user, system } = process.cpuUsage(begun);
    const mebibytes = process.memoryUsage.rss() / 1_048_576;
    console.log(
      `     ${nodes} nodes took ${((user + system) / 1e6).toFixed(1)} s of CPU and ${mebibytes.toFixed(0)} MiB\n`,
    );
  }
}
if (chosen.includes('partition') && sizes.includes(WHOLE_NODES)) {
  await healedRoles(WHOLE_NODES, Number(values.seed));
}
if (chosen.includes('processes')) await processes(60);
