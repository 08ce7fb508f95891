import type { Life } from './life.js';
import { ask } from './requests.js';
import type { Fault } from './script.js';
import type { World } from './world.js';

/** A new process never starts in the very instant in which the old one has ended (ms). */
const BETWEEN_LIVES = 1;
/** A slower way than this, or any loss, and a probe may be missed (ms). */
const ROUGH_LATENCY = 50;

const nameOf = (node: number): string => `n${node}`;

/** Does what the step says, where the node is there and can. */
export function perform(world: World, fault: Fault): void {
  if (fault.kind === 'heal') return heal(world);
  if (fault.kind === 'weather') return weather(world, fault.loss, fault.latency);
  if (fault.kind === 'partition') return cut(world, fault.sides);
  if (fault.kind === 'start') return start(world, fault.node);
  const life = world.life(nameOf(fault.node));
  if (life !== undefined && life.state !== 'ended') performOn(world, life, fault);
}

/** The network is whole and good from now on. */
export function makePeace(world: World): void {
  heal(world);
  weather(world, 0, [0.1, 0.5]);
}

function cut(world: World, sides: readonly (readonly number[])[]): void {
  const names = sides.map((side) => side.map(nameOf).filter((name) => world.life(name)));
  world.peace.cut();
  world.cluster.partition(...names);
}

function heal(world: World): void {
  world.peace.heal();
  world.cluster.heal();
}

function weather(world: World, loss: number, latency: readonly [number, number]): void {
  world.peace.weather(loss > 0 || latency[1] > ROUGH_LATENCY);
  world.cluster.degrade({ loss, latency });
}

function start(world: World, node: number): void {
  const old = world.life(nameOf(node));
  if (old === undefined) world.start(nameOf(world.lives.length + 1));
  else if (old.state === 'ended' && world.now - old.endedAt >= BETWEEN_LIVES) world.start(old.name);
}

/** What is done to one node. */
type FaultOfNode = Exclude<Fault, { kind: 'start' | 'partition' | 'heal' | 'weather' }>;
/** What its application is asked to do. */
export type Request = Exclude<FaultOfNode, { kind: 'crash' | 'pause' }>;

function performOn(world: World, life: Life, fault: FaultOfNode): void {
  if (fault.kind === 'crash') {
    life.crashed = true;
    return world.end(life);
  }
  if (fault.kind === 'pause') return pause(world, life, fault.for);
  const { clerk } = life;
  if (clerk === undefined) {
    // Nobody has asked Node.js yet to do anything else on SIGTERM.
    if (fault.kind === 'terminate') performOn(world, life, { kind: 'crash', node: fault.node });
    return;
  }
  // The code of a stalled process runs when it wakes.
  if (life.pausedUntil > world.now) {
    world.later(life.pausedUntil - world.now, () => perform(world, fault));
    return;
  }
  if (life.state === 'running' || fault.kind === 'terminate') ask(world, life, clerk, fault);
}

function pause(world: World, life: Life, ms: number): void {
  life.pausedUntil = Math.max(life.pausedUntil, world.now + ms);
  world.peace.stall();
  world.cluster.pause(life.name);
  world.tell(`${life.name} stalls`);
  world.later(ms, () => {
    if (life.state === 'ended' || life.pausedUntil > world.now + 0.5) return;
    world.cluster.resume(life.name);
    world.tell(`${life.name} wakes`);
  });
}
