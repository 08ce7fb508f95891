import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../terms.js';
import { World, type Node } from './membership.fixture.js';

describe('a cluster', () => {
  it('forms out of nodes that start together', () => {
    const world = new World(1);
    const nodes = world.cluster(5);
    for (const node of nodes) expect(node.view).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(new Set(nodes.map(({ core }) => core.digest)).size).toBe(1);
  });

  it('knows a newcomer everywhere at once', () => {
    const world = new World(2);
    const nodes = world.cluster(4);
    const newcomer = world.start('z');
    world.until(() => newcomer.links.size > 0, 2_000);
    const linked = world.now;
    expect(world.until(() => world.agreed(), 1_000)).toBe(true);
    expect(world.now - linked).toBeLessThan(3);
    for (const { story } of nodes) expect(story.filter((s) => s === 'joined z')).toHaveLength(1);
  });

  it('learns of a crash on the last survivor within two round trips of the end of the links', () => {
    const world = new World(3);
    const [victim, ...survivors] = world.cluster(5);
    world.crash(victim!);
    const crashed = world.now;
    world.until(() => survivors.every((node) => node.changeOf('down', victim!.id)), 5_000);
    for (const node of survivors) {
      expect(node.changeOf('down', victim!.id)!.at - crashed).toBeLessThan(2);
      expect(node.story.filter((s) => s.endsWith(' a') && s !== 'joined a')).toEqual(['down a']);
    }
  });

  it('sees nothing happen when a link breaks between nodes that are well', () => {
    const world = new World(4);
    const [a, b] = world.cluster(4);
    const before = world.nodes.map(({ story }) => story.length);
    world.breakLink(a!, b!);
    world.advance(10_000);
    expect(a!.links.has(b!) && b!.links.has(a!)).toBe(true);
    expect(world.nodes.map(({ story }) => story.length)).toEqual(before);
  });

  it('is told of a node that leaves, and not that it is down', () => {
    const world = new World(5);
    const [leaver, ...rest] = world.cluster(4);
    world.leave(leaver!);
    world.advance(10_000);
    for (const { story } of rest) {
      expect(story.filter((s) => s.endsWith(' a'))).toEqual(['joined a', 'left a']);
    }
  });

  it('takes a silence for a crash when the suspicion has run out, and not before', () => {
    const times: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const world = new World(100 + seed);
      const [stalled, ...rest] = world.cluster(5);
      world.advance(seed * 137);
      world.pause(stalled!);
      const since = world.now;
      world.until(() => rest.every((node) => node.changeOf('down', stalled!.id)), 10_000);
      times.push(world.now - since);
    }
    times.sort((a, b) => a - b);
    expect(times[0]).toBeGreaterThan(2_000);
    expect(times[20]).toBeLessThan(3_000);
    expect(times.at(-1)).toBeLessThan(3_500);
  });

  it('is one again within five seconds after a node wakes that had been declared down', () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = new World(200 + seed);
      const [stalled, ...rest] = world.cluster(5);
      world.pause(stalled!);
      world.until(() => rest.every((node) => node.changeOf('down', stalled!.id)), 10_000);
      world.advance(5_000);
      const incarnation = stalled!.core.self.incarnation;
      world.resume(stalled!);
      expect(world.until(() => world.agreed(), 5_000)).toBe(true);
      world.advance(20_000);
      expect(world.agreed()).toBe(true);
      expect(stalled!.core.self.incarnation).toBeGreaterThan(incarnation);
      // The one that slept has not blamed those that were awake.
      expect(stalled!.story.filter((s) => /^(suspected|down|left)/.test(s))).toEqual([]);
      for (const { story } of rest) {
        expect(story.filter((s) => s.startsWith('down'))).toEqual(['down a']);
        expect(story.at(-1)).toBe('joined a');
      }
    }
  });

  it('blames nobody for a stall that is over before the suspicion is', () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = new World(300 + seed);
      const [stalled] = world.cluster(5);
      world.advance(seed * 61);
      world.pause(stalled!);
      world.advance(1_500);
      world.resume(stalled!);
      world.advance(20_000);
      expect(world.agreed()).toBe(true);
      for (const { story } of world.nodes) {
        expect(story.filter((s) => /^(down|left)/.test(s))).toEqual([]);
      }
    }
  });

  it('is told of the same node in two lives as of two nodes', () => {
    const world = new World(6);
    const [first, ...rest] = world.cluster(3);
    world.crash(first!);
    world.advance(50);
    world.start('a');
    world.advance(5_000);
    expect(world.agreed()).toBe(true);
    for (const { story } of rest) {
      expect(story.filter((s) => s.endsWith(' a'))).toEqual(['joined a', 'down a', 'joined a']);
    }
  });

  it('heals after a partition, and both sides had gone on', () => {
    const world = new World(7);
    const nodes = world.cluster(5);
    world.partition(nodes.slice(0, 2), nodes.slice(2));
    world.advance(30_000);
    expect(nodes[0]!.view).toEqual(['a', 'b']);
    expect(nodes[4]!.view).toEqual(['c', 'd', 'e']);
    world.heal();
    const healed = world.now;
    expect(world.until(() => world.agreed(), 10_000)).toBe(true);
    expect(world.now - healed).toBeLessThan(5_000);
    const stories = nodes.map(({ story }) => story.length);
    // Members that were together all the time never lose each other over the old stories of the other side.
    expect(nodes[0]!.story.filter((s) => s === 'down b')).toEqual([]);
    expect(nodes[3]!.story.filter((s) => s === 'down e')).toEqual([]);
    world.advance(30_000);
    expect(nodes.map(({ story }) => story.length)).toEqual(stories);
  });

  it('is quiet when nothing happens: one beat for each node and interval', () => {
    const world = new World(8);
    world.cluster(5);
    const before = world.sent;
    world.advance(60_000);
    expect(world.sent - before).toBe(5 * 240);
  });

  it('runs the same way twice', () => {
    const [once, again] = [9, 9].map((seed) => {
      const world = new World(seed);
      const nodes = world.cluster(5);
      world.loss = 0.2;
      world.crash(nodes[2]!);
      world.advance(20_000);
      return nodes.map(({ changes }) => changes);
    });
    expect(once).toEqual(again);
  });
});

type Fault = 'crash' | 'pause' | 'break' | 'partition' | 'loss' | 'leave';

function inflict(world: World, fault: Fault, victim: Node, other: Node): void {
  switch (fault) {
    case 'crash':
      return world.crash(victim);
    case 'leave':
      return victim.state === 'running' ? world.leave(victim) : undefined;
    case 'pause':
      if (victim.state === 'running') world.pause(victim);
      return;
    case 'break':
      return victim === other ? undefined : world.breakLink(victim, other);
    case 'partition': {
      const index = world.nodes.indexOf(victim);
      return world.partition(world.nodes.slice(0, index), world.nodes.slice(index));
    }
    case 'loss':
      world.loss = 0.3;
  }
}

/** Members that came back under an incarnation that had ended. */
function returnedFromTheDead({ changes }: Node): NodeId[] {
  const ended = new Map<NodeId, number>();
  return changes.flatMap(({ type, member }) => {
    const { id, incarnation } = member.card;
    if (type === 'down' || type === 'left') ended.set(id, incarnation);
    return type === 'joined' && incarnation <= (ended.get(id) ?? -1) ? [id] : [];
  });
}

const faults = fc.array(
  fc.record({
    fault: fc.constantFrom<Fault>('crash', 'pause', 'break', 'partition', 'loss', 'leave'),
    victim: fc.nat(5),
    other: fc.nat(5),
    wait: fc.nat(6_000),
  }),
  { maxLength: 6 },
);

describe('whatever goes wrong', () => {
  it('all that live agree once it is over, and nobody that died has come back', () => {
    fc.assert(
      fc.property(fc.integer(), faults, (seed, list) => {
        const world = new World(seed);
        world.cluster(6);
        for (const { fault, victim, other, wait } of list) {
          inflict(world, fault, world.nodes[victim]!, world.nodes[other]!);
          world.advance(wait);
        }
        world.loss = 0;
        world.heal();
        for (const node of world.nodes) if (node.state === 'paused') world.resume(node);
        expect(world.until(() => world.agreed(), 40_000)).toBe(true);
        world.advance(10_000);
        expect(world.agreed()).toBe(true);
        for (const node of world.nodes) expect(returnedFromTheDead(node)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('no node that is well is declared down because others stall', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.record({ victim: fc.nat(2), span: fc.nat(8_000), wait: fc.nat(3_000) }), {
          minLength: 1,
          maxLength: 5,
        }),
        (seed, stalls) => {
          const world = new World(seed);
          world.cluster(6);
          for (const { victim, span, wait } of stalls) {
            const node = world.nodes[victim]!;
            if (node.state === 'running') {
              world.pause(node);
              world.at(span, () => world.resume(node));
            }
            world.advance(wait);
          }
          world.advance(20_000);
          for (const { story } of world.nodes) {
            expect(story.filter((s) => /^(down|left) [d-f]/.test(s))).toEqual([]);
          }
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);
});
