import type { Life } from './life.js';
import type { Fault } from './script.js';
import type { World } from './world.js';

/** A node that is up for so long belongs to the cluster that it found (ms). */
const AT_HOME = 5_000;

/**
 * Whether the split-brain strategy allows this node to start.
 *
 * - `static-quorum`: fewer processes than twice the quorum, at any time.
 * - `keep-majority`: whoever starts finds the others. Alone it would found a cluster of its own, which has a majority of its own.
 *
 * @param old The last life of the node; newcomers have none.
 */
export function mayStart({ splitBrain, lives, peace, now }: World, old: Life | undefined): boolean {
  switch (splitBrain.strategy) {
    case 'keep-all':
      return true;
    case 'static-quorum':
      return old !== undefined || lives.length + 1 < 2 * splitBrain.quorumSize;
    case 'keep-majority':
      return !peace.isDisturbed && lives.every(({ pausedUntil }) => pausedUntil <= now);
  }
}

/**
 * Whether those who live are a quorum, once everything has healed. `perhaps`: a majority that is lost at once is lost until all of it is
 * back under the same addresses, and on loopback whoever starts first takes the first address.
 */
export function quorumOf(
  { splitBrain, hasLostAny }: World,
  live: readonly Life[],
): 'yes' | 'perhaps' | 'no' {
  switch (splitBrain.strategy) {
    case 'keep-all':
      return 'no';
    case 'static-quorum':
      return live.length >= splitBrain.quorumSize ? 'yes' : 'no';
    case 'keep-majority':
      return hasLostAny ? 'perhaps' : 'yes';
  }
}

/** Whether the split-brain strategy allows the fault now: under `keep-majority`, nobody is cut off who is still on its way in. */
export function permits({ splitBrain, lives, now }: World, { kind }: Fault): boolean {
  if (splitBrain.strategy !== 'keep-majority' || !ISOLATING.has(kind)) return true;
  return lives.every(({ state, upAt }) => state === 'ended' || upAt + AT_HOME <= now);
}

const ISOLATING: ReadonlySet<Fault['kind']> = new Set([
  'partition',
  'isolate',
  'block',
  'swizzle',
  'forget',
  'weather',
  'weather-from',
  'pause',
  'freeze',
] as const);
