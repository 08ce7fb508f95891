import type { Millis } from '../../libs/beethoven/src/protocol/terms.js';
import type { Row } from '../bench/table.js';
import { falseAlarms, partitionAndHeal, pick, traffic, untilDown } from './scenarios.js';
import type { Stage } from './stage.js';

/** A row of the table before its figures are summed up; without a goal it is there to be known. */
type Figures = Pick<Row, 'measure' | 'unit'> &
  Partial<Pick<Row, 'goal' | 'met' | 'others'>> & { readonly ours: readonly number[] };

const HOUR: Millis = 3_600_000;

/** Silent death to `down` on all: nodes, and the goal (ms). */
const SILENCE = new Map<number, Millis>([
  [10, 1_500],
  [100, 2_000],
  [1_000, 3_000],
]);

const DETECTION =
  'memberlist 4 to 6.5 s (10 nodes), 8 s (100), 12 s (1,000) of suspicion alone; Serf measured 5.9 s (3), 7.1 s (20)';

/** Each measure by the name that --only takes, in the order in which they share a world. */
export const MEASURES: Record<string, (stage: Stage) => Iterable<Figures>> = {
  *join({ nodes, shared: { world, took } }) {
    yield {
      measure: 'started within a second: first start to one view',
      unit: 'ms',
      ours: [took],
      ...goalOf(nodes === 1_000, took <= 10_000, '10,000 ms'),
      others: 'Rapid 40 to 50 s, memberlist up to 95 s (2,000 nodes)',
    };
    const kibibytes = world.traffic.payload('sent').map((bytes) => bytes / 1_024);
    yield { measure: 'sent by each until then', unit: 'KiB', ours: kibibytes };
  },

  *steady({ shared: { world } }) {
    world.advance(10_000);
    const rates = traffic(world, 60_000);
    for (const direction of ['sent', 'received'] as const) {
      const { onWire, payload } = rates[direction];
      const met = Math.max(...onWire) <= 1_024;
      yield {
        measure: `bytes ${direction} a second by each while nothing happens, IP and UDP headers included`,
        unit: 'bytes/s',
        ours: onWire,
        goal: `1,024 bytes/s (without the headers: ${Math.max(...payload).toFixed(0)} at most)`,
        met,
        others: 'memberlist 640 bytes/s sent, 540 received',
      };
    }
  },

  *crash({ nodes, repeats, shared: { world } }) {
    const ours = Array.from({ length: nodes < 100 ? 1 : repeats }, () => {
      world.advance(5_000);
      return untilDown(world, pick(world, 1), (node) => world.crash(node));
    });
    yield {
      measure: 'crash of one, whose port refuses, to `down` on all',
      unit: 'ms',
      ours,
      ...goalOf(nodes === 1_000, Math.max(...ours) <= 50, '50 ms'),
      others: DETECTION,
    };
  },

  *silence(stage) {
    const { nodes, repeats, shared } = stage;
    const isSmall = nodes <= 100;
    const ours = Array.from({ length: isSmall ? 4 * repeats : repeats }, (_, index) => {
      const { world } = isSmall ? stage.fresh(index) : shared;
      world.advance(5_000 + 1_000 * world.random.float());
      return untilDown(world, pick(world, 1), (node) => world.silence(node));
    });
    const goal = SILENCE.get(nodes) ?? Infinity;
    yield {
      measure: 'silent death of one, without a FIN, to `down` on all',
      unit: 'ms',
      ours,
      ...goalOf(goal < Infinity, Math.max(...ours) <= goal, `${goal.toLocaleString('en')} ms`),
      others: DETECTION,
    };
  },

  *mass({ nodes, shared: { world } }) {
    world.advance(5_000);
    const count = Math.ceil(nodes / 100);
    const crashed = untilDown(world, pick(world, count), (node) => world.crash(node));
    yield {
      measure: `1 % crash at once (${count}) to \`down\` on all`,
      unit: 'ms',
      ours: [crashed],
    };
    world.advance(5_000);
    const silenced = untilDown(world, pick(world, count), (node) => world.silence(node));
    yield {
      measure: `1 % fall silent at once (${count}) to \`down\` on all`,
      unit: 'ms',
      ours: [silenced],
    };
  },

  *partition({ nodes, shared: { world } }) {
    world.advance(5_000);
    const took = partitionAndHeal(world, 60_000);
    yield {
      measure: 'cut in half for 60 s: heal to one view',
      unit: 'ms',
      ours: [took],
      ...goalOf(nodes === 100, took <= 5_000, '5,000 ms'),
      others: 'original: never; memberlist: never after 30 s',
    };
  },

  *stalls(stage) {
    if (stage.nodes !== 100) return;
    const { world } = stage.fresh(0, 0.01);
    world.advance(10_000);
    const rhythm = { nodes: 10, span: 5_000, every: 30_000 };
    const { down, suspected, stalled } = falseAlarms(world, rhythm, HOUR);
    yield {
      measure: `10 stall for 5 s every 30 s, 1 % loss: false \`down\` in an hour, told anywhere (suspected: ${suspected}, stalled: ${stalled})`,
      unit: 'events',
      ours: [down],
      ...goalOf(true, down === 0, '0'),
      others: 'Lifeguard: 50 times fewer than SWIM',
    };
  },
};

/** The goal, where one is set for this size. */
function goalOf(isSet: boolean, met: boolean, goal: string): Pick<Figures, 'goal' | 'met'> {
  return isSet ? { goal, met } : {};
}
