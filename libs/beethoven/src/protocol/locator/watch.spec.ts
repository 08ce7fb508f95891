import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { Ipv4Range } from '../ipv4.js';
import { RateCap } from './rate-cap.js';
import { Redials } from './redials.js';
import { Sweep } from './sweep.js';
import type { Target } from './target.js';
import { Watch } from './watch.js';

interface Dial extends Target {
  readonly at: number;
}

interface Scene {
  readonly network: string;
  readonly lost?: readonly Target[];
  readonly isReached?: (target: Target) => boolean;
  readonly seed?: number;
}

/** Watches for a while under the rate cap, and tells the dials, and how often the timer rang. */
function watch({ network, lost = [], isReached = () => false, seed = 1 }: Scene, span: number) {
  const random = new SeededRandom(seed);
  const redials = new Redials(random);
  const watching = new Watch(
    new Sweep(Ipv4Range.parse(network), random),
    redials,
    33_000,
    random,
    0,
  );
  redials.keep(lost, 0);
  const cap = new RateCap();
  const dials: Dial[] = [];
  let rings = 0;
  for (let now = 0; now < span; rings++) {
    const { dials: due, wait } = watching.next(now, cap.room(now), isReached);
    dials.push(...due.map((target) => ({ ...target, at: now })));
    cap.spend(now, due.length);
    now += Math.max(wait, cap.wait(now));
  }
  return { dials, rings };
}

const member = (last: number): Target => ({ host: `192.168.0.${last}`, port: 4_000 });

describe('watching', () => {
  it('dials every host of a /29 at least every six seconds, whoever is up', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { dials } = watch({ network: '127.0.0.0/29', seed }, 60_000);
        for (let last = 1; last <= 6; last++) {
          const times = dials.filter(({ host }) => host === `127.0.0.${last}`).map(({ at }) => at);
          const gaps = [...times, 60_000].map((at, index) => at - (times[index - 1] ?? 0));
          expect(Math.max(...gaps)).toBeLessThanOrEqual(6_500);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('dials ten hosts a second of a large range, all of a second in one go', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 8, max: 26 }), (seed, prefix) => {
        const { dials, rings } = watch({ network: `10.0.0.0/${prefix}`, seed }, 60_000);
        expect(dials.length).toBeGreaterThan(480);
        expect(dials.length).toBeLessThanOrEqual(610);
        expect(rings).toBeLessThanOrEqual(80);
      }),
      { numRuns: 50 },
    );
  });

  it('neither starves the sweep of lost members, nor lost members of the sweep', () => {
    const lost = Array.from({ length: 200 }, (_, last) => member(last));
    const { dials } = watch({ network: '10.0.0.0/16', lost }, 60_000);
    const redialled = dials.filter(({ port }) => port === 4_000).length;
    expect(redialled).toBeGreaterThan(dials.length * 0.4);
    expect(redialled).toBeLessThan(dials.length * 0.6);
  });

  it('costs one look a round where everybody is linked', () => {
    const { dials, rings } = watch({ network: '127.0.0.0/29', isReached: () => true }, 60_000);
    expect(dials).toEqual([]);
    expect(rings).toBeLessThanOrEqual(14);
  });

  it('dials only whom it is not linked with', () => {
    const { dials } = watch(
      { network: '127.0.0.0/29', isReached: ({ host }) => host !== '127.0.0.4' },
      60_000,
    );
    expect(new Set(dials.map(({ host }) => host))).toEqual(new Set(['127.0.0.4']));
    expect(dials.length).toBeGreaterThanOrEqual(9);
    expect(dials.length).toBeLessThanOrEqual(13);
  });

  it('dials the port of the cluster in the range, and a lost member where it was', () => {
    const { dials } = watch({ network: '127.0.0.0/30', lost: [member(9)] }, 3_000);
    expect(dials.find(({ host }) => host === '192.168.0.9')?.port).toBe(4_000);
    expect(dials.find(({ host }) => host === '127.0.0.1')?.port).toBe(33_000);
  });

  it('starts at different times on nodes that were started together', () => {
    const firsts = [1, 2, 3, 4, 5].map(
      (seed) => watch({ network: '127.0.0.0/29', seed }, 2_000).dials[0]!.at,
    );
    expect(new Set(firsts).size).toBe(5);
  });
});
