import * as fc from 'fast-check';
import type { SplitBrainOptions } from 'nestjs-beethoven';
import type { Degradation, LostAnswer } from 'nestjs-beethoven/testing';
import type { Fault, Script, Step } from './script.js';
import { SHOP_ROLES } from './shop/shop.roles.js';

const MOST_STEPS = 14;

/** Mostly small: what goes wrong among many goes wrong among few, and costs less there. Shrinks to the smallest. */
const SIZES = [
  ...Array<number>(14).fill(3),
  ...Array<number>(14).fill(4),
  ...Array<number>(12).fill(5),
  ...Array<number>(5).fill(6),
  ...Array<number>(5).fill(7),
  9,
  12,
];

/** From "in the same instant" to "long after everything has calmed down". */
const after = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 2) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 800 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 6_000 }) },
);
const spread = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 1_500 }) },
);

/**
 * Scripts for a seed: faults, and the work of an application among them. A failing one shrinks by leaving steps out, and to
 * shorter waits and fewer nodes.
 *
 * @param size Nodes at the beginning, where it is given.
 */
export function scripts(seed: number, size?: number): fc.Arbitrary<Script> {
  return fc
    .integer({ min: 0, max: SIZES.length - 1 })
    .map((index) => size ?? (SIZES[index] as number))
    .chain((nodes) =>
      fc.record({
        seed: fc.constant(seed),
        nodes: fc.constant(nodes),
        splitBrain: splitBrains(nodes),
        spread,
        steps: fc.array(step(nodes), { maxLength: MOST_STEPS, size: 'max' }),
      }),
    );
}

function step(nodes: number): fc.Arbitrary<Step> {
  // Two more than there are at the beginning: newcomers.
  const node = fc.integer({ min: 1, max: nodes + 2 });
  const role = fc.constantFrom(...SHOP_ROLES.keys());
  const key = fc.constantFrom('a', 'b', 'c');
  const weighted: readonly [number, fc.Arbitrary<Fault>][] = [
    [5, fc.record({ kind: fc.constant('crash'), node })],
    [1, fc.record({ kind: fc.constant('power-cut'), nodes: others(nodes) })],
    [5, fc.record({ kind: fc.constant('start'), node })],
    [1, fc.record({ kind: fc.constant('start'), node, takes: slowStarts })],
    [2, fc.record({ kind: fc.constant('clock'), node, offset: offsets, drift: drifts })],
    [3, fc.record({ kind: fc.constant('terminate'), node })],
    [2, fc.record({ kind: fc.constant('upgrade'), node })],
    [1, fc.record({ kind: fc.constant('drain'), node })],
    [2, fc.record({ kind: fc.constant('pause'), node, for: pauses })],
    [2, fc.record({ kind: fc.constant('freeze'), node, for: pauses })],
    [4, fc.record({ kind: fc.constant('partition'), sides: sides(nodes), for: cuts })],
    [2, fc.record({ kind: fc.constant('isolate'), node, for: cuts })],
    [2, fc.record({ kind: fc.constant('block'), node, to: others(nodes), for: cuts })],
    [1, fc.record({ kind: fc.constant('swizzle'), nodes: others(nodes), for: cuts })],
    [1, fc.record({ kind: fc.constant('forget'), node, to: others(nodes), answer: lostAnswers })],
    [1, fc.record({ kind: fc.constant('noise'), node, says: fc.array(frames, { maxLength: 4 }) })],
    [1, fc.record({ kind: fc.constant('heal') })],
    [1, fc.record({ kind: fc.constant('weather'), is: weather })],
    [1, fc.record({ kind: fc.constant('weather-from'), node, is: weather })],
    [
      1,
      fc.record({
        kind: fc.constant('sabotage'),
        node,
        role,
        times: fc.integer({ min: 1, max: 3 }),
      }),
    ],
    [1, fc.record({ kind: fc.constant('release'), node, role })],
    [4, fc.record({ kind: fc.constant('order'), node })],
    [4, fc.record({ kind: fc.constant('count'), node, counter: key })],
    [2, fc.record({ kind: fc.constant('put'), node, key })],
    [1, fc.record({ kind: fc.constant('delete'), node, key })],
    [1, fc.record({ kind: fc.constant('signal'), node, value: fc.integer({ min: 0, max: 100 }) })],
  ];
  const fault = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  return fc.tuple(after, fault);
}

const pauses = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 100, max: 1_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 12_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 12_000, max: 60_000 }) },
);
/** From a hiccup to an outage that everybody has given up on. */
const cuts = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 800 }) },
  { weight: 3, arbitrary: fc.integer({ min: 800, max: 8_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 8_000, max: 40_000 }) },
);
const slowStarts = fc.integer({ min: 1, max: 15_000 });
/** Seconds as NTP corrects them, and an hour as a wrong time zone gives it (ms). */
const offsets = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.constantFrom(-3_600_000, 3_600_000),
);
/** Up to what the leases of quorum roles are made for (ppm). */
const drifts = fc.oneof(fc.constantFrom(-10_000, 10_000), fc.integer({ min: -200, max: 200 }));
const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 });
/** Nonsense, and what begins as a message does: an array of MessagePack, whose first element is its kind. */
const frames = fc.oneof(
  bytes,
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 12 }), bytes)
    .map(([length, kind, rest]) => [0x90 + length, kind, ...rest]),
);
const lostAnswers = fc.constantFrom<LostAnswer>('reset', 'silence');
const weather = fc.record({
  latency: fc.constantFrom<NonNullable<Degradation['latency']>>(
    [0.1, 0.5],
    [1, 5],
    [5, 40],
    [100, 300],
    { median: 2, p99: 80 },
  ),
  loss: fc.constantFrom(0, 0.01, 0.1, 0.3),
  reordering: fc.constantFrom(0, 0.1),
  duplication: fc.constantFrom(0, 0.1),
});

/** A quorum is the smallest that this many nodes allow, or leaves room for two newcomers. */
function splitBrains(nodes: number): fc.Arbitrary<SplitBrainOptions> {
  const quorumSize = fc.constantFrom(0, 1).map((spare) => Math.floor(nodes / 2) + 1 + spare);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({ strategy: 'keep-all' } as const) },
    {
      weight: 2,
      arbitrary: fc.record({ strategy: fc.constant('static-quorum' as const), quorumSize }),
    },
    { weight: 2, arbitrary: fc.constant({ strategy: 'keep-majority' } as const) },
  );
}

function others(nodes: number): fc.Arbitrary<number[]> {
  const node = fc.integer({ min: 1, max: nodes });
  return fc.uniqueArray(node, { minLength: 1, maxLength: nodes, size: 'max' });
}

/** Each node on one of two or three sides, or a bridge between them. */
function sides(nodes: number): fc.Arbitrary<readonly (readonly number[])[]> {
  return fc
    .array(fc.integer({ min: 0, max: 3 }), { minLength: nodes, maxLength: nodes, size: 'max' })
    .map((sideOf) =>
      [0, 1, 2]
        .map((side) => sideOf.flatMap((own, index) => (own === side ? [index + 1] : [])))
        .filter((side) => side.length > 0),
    );
}
