import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.js';
import { swizzle } from './swizzle.js';
import { Timeline } from './timeline.js';

it('cuts every link once in the first half, restores it in the second, in two orders', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 12 }), async (seed, count) => {
      const timeline = new Timeline();
      const start = timeline.now;
      const cut: number[] = [];
      const healed: number[] = [];
      const links = Array.from({ length: count }, (_, link) => () => {
        expect(timeline.now - start).toBeLessThanOrEqual(500);
        cut.push(link);
        return {
          heal: () => {
            expect(timeline.now - start).toBeGreaterThan(500);
            healed.push(link);
          },
        };
      });
      swizzle(links, 1_000, timeline, new SeededRandom(seed));
      await timeline.advance(500);
      expect(healed).toEqual([]);
      await timeline.advance(500.001);
      const all = [...links.keys()];
      expect(cut.toSorted((a, b) => a - b)).toEqual(all);
      expect(healed.toSorted((a, b) => a - b)).toEqual(all);
    }),
    { numRuns: 50 },
  );
});

it('that is healed early restores what is cut and cuts nothing more', async () => {
  const timeline = new Timeline();
  let open = 0;
  const links = Array.from({ length: 6 }, () => () => {
    open++;
    let over = false;
    return { heal: () => void (over || ((over = true), open--)) };
  });
  const cut = swizzle(links, 1_000, timeline, new SeededRandom(1));
  await timeline.advance(200);
  expect(open).toBeGreaterThan(0);
  cut.heal();
  expect(open).toBe(0);
  await timeline.advance(1_000);
  expect(open).toBe(0);
});
