import type { Cut, Degradation } from 'nestjs-beethoven/testing';
import { nameOf, type NetworkFault, type NodeNumber } from './script.js';
import type { World } from './world.js';

/** A slower way than this, or any loss, and a probe may be missed (ms). */
const ROUGH_LATENCY = 50;

/** Makes the network worse, or better, between the nodes that are there. */
export function disturb(world: World, fault: NetworkFault): void {
  const { cluster } = world;
  switch (fault.kind) {
    case 'partition': {
      const sides = fault.sides.map((side) => known(world, side));
      return cut(world, fault.for, () => cluster.partition(...sides));
    }
    case 'isolate':
      for (const node of known(world, [fault.node]))
        cut(world, fault.for, () => cluster.isolate(node));
      return;
    case 'block': {
      const from = known(world, [fault.node]);
      return cut(world, fault.for, () => cluster.block(from, known(world, fault.to)));
    }
    case 'swizzle': {
      const nodes = known(world, fault.nodes);
      return cut(world, fault.for, () => cluster.swizzle(nodes, fault.for));
    }
    case 'forget': {
      const [from, to] = [nameOf(fault.node), known(world, fault.to)];
      world.peace.forget(from, to);
      return cluster.forgetConnections(known(world, [fault.node]), to, fault.answer);
    }
    case 'noise': {
      const name = nameOf(fault.node);
      const id = world.life(name)?.clerk?.coreServer.self.id ?? '';
      if (!cluster.nodes.includes(id)) return;
      return cluster.intrude(
        name,
        fault.says.map((frame) => Uint8Array.from(frame)),
      );
    }
    case 'heal':
      return heal(world);
    case 'weather':
      return weather(world, fault.is);
    case 'weather-from':
      // Mild as it may be here, it may be rough elsewhere.
      world.peace.weather(true);
      return cluster.degrade(fault.is, { from: known(world, [fault.node]) });
  }
}

/** The network is whole and good from now on. */
export function makePeace(world: World): void {
  heal(world);
  weather(world, {});
}

const known = (world: World, nodes: readonly NodeNumber[]): string[] =>
  nodes.map(nameOf).filter((name) => world.life(name) !== undefined);

function cut(world: World, ms: number, begin: () => Cut): void {
  const ended = world.peace.cut();
  const made = begin();
  world.later(ms, () => {
    ended();
    made.heal();
  });
}

function heal(world: World): void {
  world.peace.heal();
  world.cluster.heal();
}

function weather(world: World, degradation: Degradation): void {
  world.peace.weather(isRough(degradation));
  world.cluster.degrade(degradation);
}

/** Whether a probe may be missed in it. */
function isRough({ loss = 0, latency = [0, 0], reordering = 0 }: Degradation): boolean {
  const latest = 'p99' in latency ? 10 * latency.p99 : latency[1];
  return loss > 0 || reordering > 0 || latest > ROUGH_LATENCY;
}
