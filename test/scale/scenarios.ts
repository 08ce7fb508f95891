import type { Millis } from '../../libs/beethoven/src/protocol/terms.js';
import type { ScaleNode } from './scale-node.js';
import { ScaleWorld, type Surroundings } from './scale-world.js';

/** Nothing is waited for longer. */
const LIMIT: Millis = 60_000;

/** Starts all nodes within a second, and lets them settle. */
export function form(surroundings: Surroundings): { world: ScaleWorld; took: Millis } {
  const world = new ScaleWorld(surroundings);
  world.start();
  const took = world.until(() => world.isOneView(), LIMIT);
  if (took === Infinity) throw new Error(`${surroundings.nodes} nodes did not become one cluster.`);
  return { world, took };
}

/** Some running nodes, chosen at random. */
export function pick(world: ScaleWorld, count: number): ScaleNode[] {
  const left = world.running;
  return Array.from({ length: count }, () => {
    const [node] = left.splice(Math.floor(world.random.float() * left.length), 1);
    if (node === undefined) throw new Error('There are not so many nodes.');
    return node;
  });
}

/** From the deed until every running node has told its application that all the victims are down (ms). */
export function untilDown(
  world: ScaleWorld,
  victims: readonly ScaleNode[],
  deed: (victim: ScaleNode) => void,
): Millis {
  const begun = world.now;
  const dead = new Set(victims.map(({ id }) => id));
  const survivors = world.running.length - victims.length;
  let last = begun;
  let told = 0;
  const others = world.onChange;
  world.onChange = (node, change) => {
    others(node, change);
    if (change.type !== 'down' || !dead.has(change.member.card.id) || victims.includes(node))
      return;
    told++;
    last = world.now;
  };
  for (const victim of victims) deed(victim);
  const took = world.until(() => told >= survivors * victims.length, LIMIT);
  world.onChange = others;
  return took === Infinity ? Infinity : last - begun;
}

/** Cuts the cluster in two for a while. @returns the time from the heal to one view (ms) */
export function partitionAndHeal(world: ScaleWorld, span: Millis): Millis {
  const nodes = world.running;
  const half = new Set(pick(world, Math.floor(nodes.length / 2)));
  world.partition([nodes.filter((node) => !half.has(node)), [...half]]);
  world.advance(span);
  const sizes = [nodes.length - half.size, half.size];
  for (const node of nodes)
    if (node.core.size !== sizes[Number(half.has(node))])
      throw new Error('The cut was not noticed.');
  world.heal();
  return world.until(() => world.isOneView(), LIMIT);
}

/** What each node sends and receives while nothing happens (bytes/s): the program's own bytes, and with all headers. */
export function traffic(world: ScaleWorld, span: Millis) {
  world.traffic.reset();
  world.advance(span);
  const rate = (bytes: number): number => bytes / (span / 1_000);
  const rates = (direction: 'sent' | 'received') => ({
    payload: world.traffic.payload(direction).map(rate),
    onWire: world.traffic.onWire(direction).map(rate),
  });
  return { sent: rates('sent'), received: rates('received') };
}

export interface Stalls {
  /** Nodes that stall, */
  readonly nodes: number;
  /** for so long, */
  readonly span: Millis;
  /** so often, each in a rhythm of its own. */
  readonly every: Millis;
}

/** Nodes of which some stall their main loop again and again. @returns how many `down` events there were, and suspicions */
export function falseAlarms(world: ScaleWorld, { nodes, span, every }: Stalls, time: Millis) {
  const alarms = { down: 0, suspected: 0, stalled: 0 };
  world.onChange = (_node, { type }) => {
    if (type in alarms) alarms[type as keyof typeof alarms]++;
  };
  for (const node of pick(world, nodes)) {
    const again = (): void => {
      node.stall(span);
      world.after(every, again);
    };
    world.after(world.random.float() * every, again);
  }
  world.advance(time);
  return alarms;
}
