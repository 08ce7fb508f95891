import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Progress } from './progress.js';
import { judgeAll } from './seed-pool.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string' },
    nodes: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const count = wholeNumber('seeds', values.seeds);
// A range of its own for each run, so that every run looks where nobody has looked before.
const first =
  values.seed === undefined ? Date.now() % 1_000_000_000 : wholeNumber('seed', values.seed);
const nodes = values.nodes === undefined ? undefined : wholeNumber('nodes', values.nodes);
const workers = Math.min(count, wholeNumber('workers', values.workers));

console.log(
  `Seeds ${first} to ${first + count - 1}, ${workers} at a time${nodes === undefined ? '' : `, ${nodes} nodes each`}`,
);
const progress = new Progress(count);
await judgeAll(
  Array.from({ length: count }, (_, index) => first + index),
  workers,
  nodes,
  (verdict) => progress.add(verdict),
);
progress.summarize();
process.exitCode = progress.failures > 0 ? 1 : 0;

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= (option === 'seed' ? 0 : 1)) return value;
  console.error(
    `--${option} takes a whole number${option === 'seed' ? '' : ' from 1 on'}, not "${text}".`,
  );
  process.exit(2);
}
