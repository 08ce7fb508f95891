import { BrokenLaw } from './laws/broken-law.js';
import { discord } from './laws/discord.js';
import { checkKept, checkOpen } from './laws/growth.laws.js';
import { perform } from './faults.js';
import { makePeace } from './network-faults.js';
import { quorumOf } from './premises.js';
import { nameOf, type Script } from './script.js';
import { World } from './world.js';

/** What a run that kept the laws has shown. */
export interface Outcome {
  /** Everything that was told, in order. */
  readonly trace: readonly string[];
  /** Virtual seconds that all nodes together have lived. */
  readonly nodeSeconds: number;
  /** How long after the last fault the cluster was one again (virtual ms). */
  readonly convergence: number;
}

/** The longest that a cluster may take, after the last fault, to be one again (virtual ms); a barred role waits 30 s and more. */
const PATIENCE = 90_000;
/** How long it has to stay one to be believed (virtual ms). */
const PROOF = 3_000;
const LOOK_EVERY = 250;
const ON_ITS_WAY = 20;
/** One seed in so many goes on at peace for so long (virtual ms), to see what is kept for ever. */
const RESTING = 10;
const REST = 150_000;

/**
 * Runs a script: the nodes start, the faults come, everything heals, and the cluster has to be one.
 * @throws BrokenLaw as soon as a law does not hold
 */
export async function simulate(script: Script): Promise<Outcome> {
  const world = await World.open(script);
  for (let node = 1; node <= script.nodes; node++) {
    world.start(nameOf(node));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if (node < script.nodes) await world.pass(script.spread);
  }
  for (const [after, fault] of script.steps) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await world.pass(after);
    perform(world, fault);
  }
  makePeace(world);
  const convergence = await concord(world);
  await world.pass(PROOF);
  // A row that was written in this very instant is on its way.
  if (quarrel(world) !== undefined) await world.pass(ON_ITS_WAY);
  const relapse = quarrel(world);
  if (relapse !== undefined)
    throw new BrokenLaw('a cluster that has become one stays one', relapse, world.now);
  for (const life of world.lives) if (life.isUp) world.writes.check(life);
  world.roles.checkTokens();
  await checkOpen(world);
  if (script.seed % RESTING === 5) {
    await world.pass(REST);
    checkKept(world);
  }
  world.check();
  return { trace: world.trace, nodeSeconds: world.nodeTime / 1_000, convergence };
}

/** Waits until all live nodes are one cluster. @returns how long that took after the last fault */
async function concord(world: World): Promise<number> {
  const awake = world.lives.map(({ pausedUntil }) => pausedUntil);
  const begin = Math.max(world.now, world.peace.hiddenUntil(world.lives), ...awake);
  await world.pass(begin - world.now + LOOK_EVERY);
  const since = world.now;
  for (;;) {
    const reason = quarrel(world);
    if (reason === undefined) return world.now - since;
    if (world.now > since + PATIENCE)
      throw new BrokenLaw(
        'after the faults, all live nodes become one cluster with the same members, roles and rows',
        reason,
        world.now,
      );
    // oxlint-disable-next-line no-await-in-loop -- time passes in order
    await world.pass(LOOK_EVERY);
  }
}

function quarrel(world: World): string | undefined {
  const { lives } = world;
  const leaving = lives.find(({ state, clerk }) => {
    return state === 'leaving' || (state === 'running' && clerk === undefined);
  });
  if (leaving !== undefined) return `${leaving.name} is still on its way`;
  const live = lives.filter(({ isUp }) => isUp);
  const quorum = quorumOf(world, live);
  return typeof quorum === 'object' ? quorum.not : discord(live, world.roles, quorum);
}
