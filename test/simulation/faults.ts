import type { Life } from './life.js';
import { disturb } from './network-faults.js';
import { ask } from './requests.js';
import { nameOf, type Fault, type NodeNumber, type Request } from './script.js';
import type { World } from './world.js';

/** A new process never starts in the very instant in which the old one has ended (ms). */
const BETWEEN_LIVES = 1;
/** So long after its start, everybody has had a beat of the node's heartbeat thread (ms). */
const HEARTBEAT_KNOWN = 5_000;

/** Does what the step says, where the node is there and can. */
export function perform(world: World, fault: Fault): void {
  switch (fault.kind) {
    case 'partition':
    case 'isolate':
    case 'block':
    case 'heal':
    case 'weather':
    case 'weather-from':
      return disturb(world, fault);
    case 'start':
      return start(world, fault.node);
    case 'crash': {
      const life = live(world, fault.node);
      if (life !== undefined) crash(world, life);
      return;
    }
    case 'pause':
    case 'freeze': {
      const life = live(world, fault.node);
      if (life !== undefined) stop(world, life, fault.kind, fault.for);
      return;
    }
    case 'terminate':
    case 'drain':
    case 'sabotage':
    case 'release':
    case 'order':
    case 'count':
    case 'put':
    case 'delete':
    case 'signal': {
      const life = live(world, fault.node);
      if (life !== undefined) request(world, life, fault);
    }
  }
}

function live(world: World, node: NodeNumber): Life | undefined {
  const life = world.life(nameOf(node));
  return life?.state === 'ended' ? undefined : life;
}

function start(world: World, node: NodeNumber): void {
  const old = world.life(nameOf(node));
  if (old === undefined) world.start(nameOf(world.lives.length + 1));
  else if (old.state === 'ended' && world.now - old.endedAt >= BETWEEN_LIVES) world.start(old.name);
}

function crash(world: World, life: Life): void {
  life.crashed = true;
  world.end(life);
}

function request(world: World, life: Life, asked: Request): void {
  const { clerk } = life;
  if (clerk === undefined) {
    // Nobody has asked Node.js yet to do anything else on SIGTERM.
    if (asked.kind === 'terminate') crash(world, life);
    return;
  }
  // The code of a stalled process runs when it wakes.
  if (life.pausedUntil > world.now) {
    world.later(life.pausedUntil - world.now, () => perform(world, asked));
    return;
  }
  if (life.state === 'running' || asked.kind === 'terminate') ask(world, life, clerk, asked);
}

function stop(world: World, life: Life, how: 'pause' | 'freeze', ms: number): void {
  const { cluster, now } = world;
  if (life.pausedUntil <= now) life.pausedAt = now;
  life.pausedUntil = Math.max(life.pausedUntil, now + ms);
  if (how === 'freeze' || now - life.upAt < HEARTBEAT_KNOWN)
    life.silentUntil = Math.max(life.silentUntil, life.pausedUntil);
  world.peace.stall();
  if (how === 'freeze') cluster.freeze(life.name);
  else cluster.pause(life.name);
  world.tell(`${life.name} ${how === 'freeze' ? 'freezes' : 'stalls'}`);
  world.later(ms, () => {
    if (life.state === 'ended' || life.pausedUntil > world.now + 0.5) return;
    cluster.resume(life.name);
    world.tell(`${life.name} wakes`);
  });
}
