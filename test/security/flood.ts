import { generateSecret } from '../../libs/beethoven/src/index.js';
import { summary } from '../bench/statistics.js';
import { RealCluster } from '../support/real-cluster.js';
import { Crowd, endpointsOf } from './crowd.js';

const NODES = 4;
/** Who connects and says nothing; who says something and comes no more. */
const LOITERERS = 1_000;
const STORM = 10_000;
const WORDS = Buffer.from('GET / HTTP/1.1\r\n\r\n');

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** kill -9 of the holder of a role to its start elsewhere (ms); the cluster is whole again afterwards. */
async function failover(cluster: RealCluster, strangers: boolean): Promise<number> {
  const [holder] = await cluster.holders('job');
  if (holder === undefined) throw new Error('Nobody holds the role.');
  const survivors = cluster.running.filter((member) => member !== holder);
  const crowd = new Crowd(endpointsOf(survivors.map(({ id }) => id)));
  if (strangers) {
    crowd.loiter(LOITERERS);
    void crowd.storm(STORM, WORDS);
    await pause(500); // in the middle of it
  }
  const since = holder.signal('SIGKILL');
  const started = await Promise.race(
    survivors.map((member) => member.first('role', ({ type }) => type === 'start', { since })),
  );
  crowd.disperse();
  await holder.end();
  cluster.add();
  await cluster.settled(60_000);
  await pause(500); // until the newcomer's start-up work has ended
  return started.at - since;
}

export interface FloodFigures {
  readonly where: string;
  /** Medians (ms), by turns in one cluster. */
  readonly usual: number;
  readonly flooded: number;
}

/** How long a failover takes, and how long while 10,000 strangers connect and 1,000 connections are half-open. */
export async function measureFlood(repeats: number): Promise<FloodFigures[]> {
  const figures: FloodFigures[] = [];
  for (const [where, beethoven] of [
    ['in the open', {}],
    ['with a secret', { secret: generateSecret() }],
  ] as const) {
    const roles = [{ name: 'job', instances: 1 }];
    const cluster = await RealCluster.start({ nodes: NODES, roles, beethoven });
    try {
      const usual: number[] = [];
      const flooded: number[] = [];
      for (let i = 0; i < repeats; i++) {
        usual.push(await failover(cluster, false));
        flooded.push(await failover(cluster, true));
      }
      figures.push({
        where,
        usual: summary(usual).median,
        flooded: summary(flooded).median,
      });
    } finally {
      await cluster.end();
    }
  }
  return figures;
}
