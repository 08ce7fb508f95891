import { describe, expect, it } from 'vitest';
import { DEFAULTS } from './defaults.js';
import { falseAlarms, form, partitionAndHeal, pick, traffic, untilDown } from './scenarios.js';
import type { ScaleWorld } from './scale-world.js';

const clusterOf = (nodes: number, seed = 1, loss = 0): ScaleWorld => {
  const { world } = form({ nodes, seed, loss, config: DEFAULTS });
  world.advance(5_000);
  return world;
};

describe('a cluster of many nodes', () => {
  it('is one view soon after all were started together', () => {
    const { world, took } = form({ nodes: 100, seed: 1, config: DEFAULTS });
    expect(took).toBeLessThan(3_000);
    expect(world.nodes.map(({ links }) => links)).toEqual(world.nodes.map(() => 99));
  });

  it('sends less to become one than views over every link would take', () => {
    const { world } = form({ nodes: 100, seed: 2, config: DEFAULTS });
    const sent = world.traffic.payload('sent');
    expect(Math.max(...sent)).toBeLessThan(250 * 1_024);
  });

  it('knows of a crash everywhere within two round trips', () => {
    const world = clusterOf(60);
    expect(untilDown(world, pick(world, 1), (node) => world.crash(node))).toBeLessThan(3);
  });

  it('sends the same when nothing happens, however many they are, and below 1 KB/s a node', () => {
    const rates = [20, 80].map((nodes) => {
      const { sent, received } = traffic(clusterOf(nodes), 60_000);
      return Math.max(...sent.onWire, ...received.onWire);
    });
    for (const rate of rates) expect(rate).toBeLessThan(1_024);
    expect(rates[1]! / rates[0]!).toBeLessThan(1.25);
  });

  it('is one again soon after it was cut in half, and both halves had gone on', () => {
    expect(partitionAndHeal(clusterOf(40), 60_000)).toBeLessThan(5_000);
  });

  it('takes nobody for dead whose main loop stalls, although datagrams are lost', () => {
    const world = clusterOf(20, 1, 0.01);
    const rhythm = { nodes: 4, span: 5_000, every: 30_000 };
    expect(falseAlarms(world, rhythm, 120_000).down).toBe(0);
  });

  it('runs the same way twice', () => {
    const [once, again] = [1, 1].map(() => {
      const world = clusterOf(20, 7, 0.05);
      const took = untilDown(world, pick(world, 2), (node) => world.silence(node));
      return [took, world.events, world.traffic.payload('sent')];
    });
    expect(once).toEqual(again);
  });
});
