import { afterEach, expect, it } from 'vitest';
import { BeethovenModule, type BeethovenOptions } from '../../libs/beethoven/src/index.js';
import { NETWORK, type Network } from '../../libs/beethoven/src/network/network.js';
import { SimulatedCluster } from '../../libs/beethoven/src/testing/index.js';
import { Rogue } from './rogue.js';

let cluster: SimulatedCluster | undefined;
afterEach(async () => cluster?.close());

/** Addresses of documentation (RFC 5737): of nobody. */
const ELSEWHERE = '192.0.2.';

async function start(options: BeethovenOptions = {}) {
  const module = BeethovenModule.forRoot({ clusterNetMask: 28, ...options });
  cluster = await SimulatedCluster.create({ nodes: 3, module });
  const [target = '', other = ''] = cluster.nodes;
  const dialled: string[] = [];
  for (const node of [target, other]) {
    const network = cluster.app(node).get<Network>(NETWORK, { strict: false });
    const dial = network.dial.bind(network);
    network.dial = (address, port, timeout, done) => {
      if (!address.startsWith('127.0.0.')) dialled.push(`${address}:${port}`);
      dial(address, port, timeout, done);
    };
  }
  return { cluster, target, dialled };
}

/** That so many members live, of which nobody else has ever heard. */
const lies = (count: number, address: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => [`lie-${i}@${address(i)}`, 1, 0, 1, {}, 0]);

it('nobody gets a link who says that it is elsewhere, and nobody calls there', async () => {
  const { cluster: running, target, dialled } = await start();
  await expect(Rogue.join(running, target, `rogue-0@${ELSEWHERE}7:22`)).rejects.toThrow(
    'not let in',
  );
  await running.advance(20_000);
  expect(dialled).toEqual([]);
});

it('where `allow` says where members may be, no rumour makes a node call anywhere else', async () => {
  const { cluster: running, target, dialled } = await start({ allow: ['127.0.0.0/8'] });
  const rogue = await Rogue.join(running, target);
  await rogue.say(0, [1, lies(200, (i) => `${ELSEWHERE}${i}:22`)]);
  await running.advance(20_000);
  expect(dialled).toEqual([]);
  rogue.leave();
});

it('without it, a rumour is followed, as far as the rest of the budget goes, so that the tests before can fail', async () => {
  const { cluster: running, target, dialled } = await start();
  const rogue = await Rogue.join(running, target);
  await rogue.say(0, [1, lies(5, (i) => `${ELSEWHERE}${i}:22`)]);
  await running.advance(3_000);
  expect(new Set(dialled).size).toBe(5);
  rogue.leave();
});
