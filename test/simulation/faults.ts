import { NodeNotRunningError } from 'nestjs-beethoven/testing';
import type { Life } from './life.js';
import { disturb } from './network-faults.js';
import { permits } from './premises.js';
import { ask } from './requests.js';
import { nameOf, type Fault, type NodeNumber, type Request } from './script.js';
import { start } from './starts.js';
import type { World } from './world.js';

/** So long after its start, everybody has had a beat of the node's heartbeat thread (ms). */
const HEARTBEAT_KNOWN = 5_000;

/** After everything that is due now, and before anything else (ms). */
const INSTANT = 0.01;

/** Does what the step says, where the node is there and can. */
export function perform(world: World, fault: Fault): void {
  if (!permits(world, fault)) return;
  switch (fault.kind) {
    case 'partition':
    case 'isolate':
    case 'block':
    case 'swizzle':
    case 'forget':
    case 'noise':
    case 'heal':
    case 'weather':
    case 'weather-from':
      return disturb(world, fault);
    case 'start':
      return start(world, nameOf(fault.node), fault.takes);
    case 'crash': {
      const life = live(world, fault.node);
      if (life !== undefined) world.end(life, 'crash');
      return;
    }
    case 'power-cut':
      for (const node of fault.nodes) {
        const life = live(world, node);
        if (life !== undefined) world.end(life, 'power-cut');
      }
      return;
    case 'clock':
      if (world.life(nameOf(fault.node)) !== undefined) world.setClock(nameOf(fault.node), fault);
      return;
    case 'pause':
    case 'freeze': {
      const life = live(world, fault.node);
      if (life !== undefined) stop(world, life, fault.kind, fault.for);
      return;
    }
    case 'terminate':
    case 'upgrade':
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

function request(world: World, life: Life, asked: Request): void {
  const { clerk } = life;
  if (clerk === undefined) {
    // Nobody has asked Node.js yet to do anything else on SIGTERM.
    if (ends(asked)) world.end(life, 'crash');
    return;
  }
  // The code of a stalled process runs when it wakes.
  if (life.pausedUntil > world.now) {
    world.later(life.pausedUntil - world.now, () => perform(world, asked));
    return;
  }
  if (ends(asked) && !hasHooks(world, life)) world.end(life, 'crash');
  else if (life.state === 'running' || ends(asked)) ask(world, life, clerk, asked);
}

/** Whether Nest has the whole application up, and its shutdown hooks with it: the node may be found before. */
function hasHooks({ cluster }: World, { name }: Life): boolean {
  try {
    return cluster.app(name) !== undefined;
  } catch (error) {
    if (error instanceof NodeNotRunningError) return false;
    throw error;
  }
}

/** Whether the process is told to end: it may be leaving already. */
const ends = ({ kind }: Request): boolean => kind === 'terminate' || kind === 'upgrade';

function stop(world: World, life: Life, how: 'pause' | 'freeze', ms: number): void {
  const { cluster, now } = world;
  if (life.pausedUntil <= now) life.pausedAt = now;
  life.pausedUntil = Math.max(life.pausedUntil, now + ms);
  if (how === 'freeze' || now - life.upAt < HEARTBEAT_KNOWN)
    life.silentUntil = Math.max(life.silentUntil, life.pausedUntil);
  world.peace.interrupt();
  if (how === 'freeze') cluster.freeze(life.name);
  else cluster.pause(life.name);
  world.tell(`${life.name} ${how === 'freeze' ? 'freezes' : 'stalls'}`);
  world.later(ms, () => {
    if (life.state === 'ended' || life.pausedUntil > world.now + 0.5) return;
    cluster.resume(life.name);
    world.tell(`${life.name} wakes`);
    // Before anything else of it runs, it lets go of what it has lost.
    world.later(INSTANT, () => world.check());
  });
}
