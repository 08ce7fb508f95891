import { mayStart } from './premises.js';
import { nameOf } from './script.js';
import type { Edition } from './shop/shop.roles.js';
import type { World } from './world.js';

/** A new process never starts in the very instant in which the old one has ended (ms). */
export const BETWEEN_LIVES = 1;

/**
 * Starts a node that has ended again; where there never was one of that name, a newcomer under the next.
 *
 * @param takes How long the start takes (ms).
 */
export function start(world: World, name: string, takes = 0, edition?: Edition): void {
  const old = world.life(name);
  if (old !== undefined && !(old.state === 'ended' && world.now - old.endedAt >= BETWEEN_LIVES))
    return;
  if (mayStart(world, old))
    world.start(old?.name ?? nameOf(world.lives.length + 1), takes, edition);
}
