import { Logger } from '@nestjs/common';
import { BeethovenModule, RoleMgmtService, type OnRoleStart } from 'nestjs-beethoven';
import { SimulatedCluster } from 'nestjs-beethoven/testing';
import { summary } from '../bench/statistics.js';
import { print } from '../bench/table.js';

/** Instances of each role. */
const ROLES = { single: 1, pair: 2, five: 5, most: 90 };
const CUT = 60_000;
/** So often it is looked whether the cluster is one (virtual ms), and for so long. */
const LOOK_EVERY = 10;
const LIMIT = 60_000;
/** It has to stay so for so long (virtual ms). */
const PROOF = 5_000;
const GOAL = 5_000;

class IdleRole implements OnRoleStart {
  onRoleStart(): void {}
}

/**
 * So many whole nodes, Nest applications with roles and tables, in one process: cut in half for a minute, while each half runs all roles.
 * Measures, from the heal on, when all have one view, and when every role has its instances, nobody more, and all say alike where.
 */
export async function healedRoles(nodes: number, seed: number): Promise<void> {
  Logger.overrideLogger(false);
  const roles = Object.entries(ROLES).map(([name, instances]) => {
    return { name, instances, role: IdleRole, args: undefined };
  });
  const module = BeethovenModule.forRoot({ clusterName: 'scale', clusterNetMask: 25, roles });
  const cluster = await SimulatedCluster.create({ nodes, module, seed });
  const half = nodes >> 1;
  cluster.partition(cluster.nodes.slice(0, half), cluster.nodes.slice(half));
  await cluster.advance(CUT);
  const held = Object.keys(ROLES).map((role) => cluster.holders(role).length);
  const doubled = Object.values(ROLES).map((count) => {
    return Math.min(count, half) + Math.min(count, nodes - half);
  });
  if (String(held) !== String(doubled))
    throw new Error(`The halves hold ${held.join()}, not ${doubled.join()}.`);

  const healedAt = cluster.now;
  cluster.heal();
  let [view, exact] = [Infinity, Infinity];
  while (exact === Infinity && cluster.now < healedAt + LIMIT) {
    await cluster.advance(LOOK_EVERY);
    const took = cluster.now - healedAt;
    if (view === Infinity && isOneView(cluster, nodes)) view = took;
    if (view < Infinity && areExact(cluster)) exact = took;
  }
  await cluster.advance(PROOF);
  const stays = isOneView(cluster, nodes) && areExact(cluster);
  await cluster.close();
  const row = {
    unit: 'ms',
    goal: '5,000 ms',
    others: 'original: never; memberlist: never after 30 s',
  };
  const what = `${nodes} whole nodes: cut in half for 60 s: heal to`;
  print({ ...row, measure: `${what} one view`, ours: summary([view]), met: view <= GOAL });
  print({
    ...row,
    measure: `${what} exact roles`,
    ours: summary([exact]),
    met: exact <= GOAL && stays,
  });
}

function isOneView(cluster: SimulatedCluster, nodes: number): boolean {
  return cluster.report().every(({ live }) => live.length === nodes);
}

/** Each role runs where, and only where, every node says that it runs. */
function areExact(cluster: SimulatedCluster): boolean {
  const holders = Object.entries(ROLES).map(([role, count]) => {
    return { role, count, nodes: cluster.holders(role).toSorted() };
  });
  if (holders.some(({ count, nodes }) => nodes.length !== count)) return false;
  return cluster.nodes.every((node) => {
    const service = cluster.app(node).get(RoleMgmtService);
    return holders.every(({ role, nodes }) => {
      return String(service.whereIs(role).toSorted()) === String(nodes);
    });
  });
}
