import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshWorld, captureLog } from './mesh.fixture.js';

const dial = fc.record({ after: fc.nat(1_500), by: fc.constantFrom('a' as const, 'b' as const) });
const story = fc.record({
  seed: fc.nat(),
  slowest: fc.constantFrom(0.5, 5, 50),
  loss: fc.constantFrom(0, 0, 0.2),
  dials: fc.array(dial, { minLength: 1, maxLength: 6 }),
  messages: fc.array(
    fc.record({ at: fc.nat(8_000), by: fc.constantFrom('a' as const, 'b' as const) }),
    { maxLength: 40 },
  ),
});

describe('two nodes that dial each other at once', () => {
  it('end with one link of one connection, and every message sent since arrives', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ seed, slowest, loss, dials, messages }) => {
        const log = captureLog();
        const world = new MeshWorld(seed);
        const nodes = { a: await world.node('a'), b: await world.node('b') };
        const { a, b } = nodes;
        world.network.degrade({ latency: [0.1, slowest], loss });

        let sent = 0;
        const expected = { a: [] as number[], b: [] as number[] };
        for (const { after, by } of dials) {
          const other = by === 'a' ? b : a;
          // Nobody gives up: a dialler that does takes a connection away which the other may be using.
          world.timeline.schedule(after, () => void nodes[by].connect(other, undefined, 60_000));
        }
        for (const { at, by } of messages) {
          world.timeline.schedule(at, () => {
            if (!a.mesh.isLinked(b.id) || !b.mesh.isLinked(a.id)) return;
            const [from, to, toName] = by === 'a' ? [a, b, 'b' as const] : [b, a, 'a' as const];
            expect(from.mesh.send(to.id, 'tables', ++sent, sent % 3 ? 'control' : 'bulk')).toBe(
              true,
            );
            expected[toName].push(sent);
          });
        }
        await world.timeline.advance(20_000);

        for (const [node, name] of [
          [a, 'b'],
          [b, 'a'],
        ] as const) {
          expect(node.told.filter((line) => !line.startsWith('message'))).toEqual([`up ${name}`]);
          expect(node.mesh.counters).toMatchObject({ connections: 1, refused: 0, malformed: 0 });
        }
        expect((a.received as number[]).toSorted((x, y) => x - y)).toEqual(expected.a);
        expect((b.received as number[]).toSorted((x, y) => x - y)).toEqual(expected.b);
        expect(log).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('never lose each other without a goodbye, when one of them leaves in the middle of it', async () => {
    await fc.assert(
      fc.asyncProperty(story, fc.nat(3_000), async ({ seed, slowest, loss, dials }, leaves) => {
        captureLog();
        const world = new MeshWorld(seed);
        const nodes = { a: await world.node('a'), b: await world.node('b') };
        const { a, b } = nodes;
        world.network.degrade({ latency: [0.1, slowest], loss });
        for (const { after, by } of dials) {
          const other = by === 'a' ? b : a;
          world.timeline.schedule(after, () => void nodes[by].connect(other, undefined, 60_000));
        }
        world.timeline.schedule(leaves, () => b.leave());
        await world.timeline.advance(20_000);

        expect(a.told).not.toContain('lost b');
        expect(a.mesh.isLinked(b.id)).toBe(false);
      }),
      {
        numRuns: 150,
        examples: [
          [
            {
              seed: 0,
              slowest: 0.5,
              loss: 0.2,
              dials: [
                { after: 0, by: 'a' },
                { after: 1, by: 'b' },
              ],
              messages: [],
            },
            2,
          ],
        ],
      },
    );
  });

  it('are quiet once that is settled: no timer is left', async () => {
    const world = new MeshWorld();
    const [a, b] = [await world.node('a'), await world.node('b')];
    void a.connect(b);
    void b.connect(a);
    await world.timeline.advance(20_000);
    const settled = world.timeline.now;
    // The timeline stops at an event: there is none.
    let events = 0;
    await world.timeline.until(() => (events++, false), 3_600_000);
    expect(events).toBe(1);
    expect(world.timeline.now).toBe(settled + 3_600_000);
  });
});
