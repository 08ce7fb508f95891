import { parseArgs } from 'node:util';
import { EmptyNetwork } from './measures/scan.js';
import { summary } from './statistics.js';
import { print } from './table.js';

const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '5' },
    /** How long a node is watched that watches (s). */
    span: { type: 'string', default: '30' },
  },
});
const repeats = Number(values.repeats);
const span = Number(values.span) * 1_000;

async function times<T>(measure: () => Promise<T>): Promise<T[]> {
  const figures: T[] = [];
  // oxlint-disable-next-line no-await-in-loop -- each has the machine to itself
  for (let i = 0; i < repeats; i++) figures.push(await measure());
  return figures;
}

const network = await EmptyNetwork.create();
try {
  const still = await times(() => network.watch(span, ['seeds']));
  const watching = await times(() => network.watch(span, ['seeds', 'range']));
  const cpu = summary(watching.map((one) => one.cpu));
  print({
    measure: `watching a /16 in which nobody is, all that the node does, ${span / 1_000} s each`,
    unit: '% of a core (CPU time)',
    ours: cpu,
    floor: summary(still.map((one) => one.cpu)).median, // the same node, without a range to watch
    goal: 'under 1 %',
    met: cpu.max < 1,
    others: 'original: does not watch',
  });

  const calls = summary(watching.map((one) => one.calls));
  print({
    measure: 'the same: addresses called',
    unit: 'a second (as the kernel counts)',
    ours: calls,
    goal: 'the rate cap: never more than 10, and most of that',
    met: calls.max <= 10 && calls.min > 5,
    others: 'original: does not watch',
  });

  const direct = summary(await times(() => network.join(['seeds'])));
  const beside = summary(await times(() => network.join(['seeds', 'range'])));
  print({
    measure: 'application started to linked with the node that a seed names, in a /16',
    unit: 'ms',
    ours: beside,
    floor: direct.median, // the same, without a range to scan
    goal: 'the scan does not delay it: no more than 50 ms above that',
    met: beside.median <= direct.median + 50,
    others: 'original: has no seeds; three passes over a /16, host by host, are 13.6 h',
  });
} finally {
  await network.remove();
}
