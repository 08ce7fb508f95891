import type { Life } from './life.js';
import type { Fault } from './script.js';
import type { World } from './world.js';

/** A node that is up for so long belongs to the cluster that it found (ms). */
const AT_HOME = 5_000;
/** A process that has just started does not vote for two seconds, and those who counted on its last life stop by then (ms). */
const VOTELESS = 3_000;

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

/** Whether those who live are a quorum, once everything has healed; or why nobody can tell yet. */
export function quorumOf(world: World, live: readonly Life[]): 'yes' | 'no' | { not: string } {
  const { splitBrain, now } = world;
  switch (splitBrain.strategy) {
    case 'keep-all':
      return 'no';
    case 'static-quorum': {
      const { quorumSize } = splitBrain;
      if (live.length < quorumSize) return 'no';
      const voting = live.filter(({ upAt }) => now - upAt >= VOTELESS);
      return voting.length < quorumSize ? { not: 'too many have no vote yet' } : 'yes';
    }
    case 'keep-majority':
      return majority(world, live);
  }
}

/**
 * A majority that is lost at once is lost until all of it is back under the same addresses, and on loopback whoever starts first takes
 * the first address. That it is lost is what the nodes say; that it may be, what has happened to them.
 */
function majority(
  { cluster, hasLostAny }: World,
  live: readonly Life[],
): ReturnType<typeof quorumOf> {
  if (live.length === 0) return 'no';
  const ids = new Set(live.map(({ clerk }) => clerk?.coreServer.self.id));
  const reports = cluster.report().filter(({ node }) => ids.has(node));
  const [first, ...others] = reports;
  if (first === undefined || reports.length < live.length) return { not: 'a start takes its time' };
  const { voters } = first;
  for (const other of others)
    if (told(other.voters) !== told(voters))
      return {
        not: `the voters are ${told(voters)} to ${first.node}, and ${told(other.voters)} to ${other.node}`,
      };
  const present = voters.filter((voter) => first.live.includes(voter));
  if (2 * present.length > voters.length) {
    if (told(voters) === told(first.live)) return 'yes';
    return { not: `the voters are ${told(voters)} where ${told(first.live)} live` };
  }
  const isBack = (voter: string): boolean => first.live.includes(voter.replace(' (gone)', ''));
  if (voters.every(isBack)) return { not: `nobody has a vote, but ${told(voters)} are back` };
  return hasLostAny ? 'no' : { not: `a majority of ${told(voters)} has gone, though all said so` };
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

const told = (list: readonly string[]): string => `[${list.join(', ')}]`;
