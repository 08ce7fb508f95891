import type { World } from '../world.js';

/** More timers than any node of a cluster has set that was never in trouble; it does not depend on how many nodes there are. */
const MOST_TIMERS = 24;

/** A surplus connection that the other end has not retired is closed after five seconds (`network/link.ts`). */
const SURPLUS = 6_000;

/** What a cluster that is at peace has open: one connection for each pair, none with strangers, and of who has left nothing at all. */
export async function checkOpen(world: World): Promise<void> {
  // Of two connections that were made at once one may stay until both ends can tell that it is the surplus one.
  if (tooMuchOpen(world) !== undefined) await world.pass(SURPLUS);
  const open = tooMuchOpen(world);
  if (open !== undefined)
    world.break('a node at rest has a few timers, and one connection to each other', open);
}

function tooMuchOpen(world: World): string | undefined {
  const { lives, cluster, peace } = world;
  const others = lives.filter(({ isUp }) => isUp).length - 1;
  const most = peace.hasForgotten ? Infinity : others;
  const open = new Map(cluster.report().map((report) => [report.node, report.open]));
  for (const { name, state, clerk } of lives) {
    const { connections, timers } = open.get(clerk?.coreServer.self.id ?? '') ?? {};
    if (connections === undefined || timers === undefined) continue;
    const hasLeft = state === 'left';
    if (connections > (hasLeft ? 0 : most) || timers > (hasLeft ? 0 : MOST_TIMERS))
      return `${name} (${state}) has ${connections} connections and ${timers} timers, with ${others} others`;
  }
  return undefined;
}

/** What a cluster that has long been at peace remembers: nobody who is gone, and nothing that was deleted. */
export function checkKept(world: World): void {
  const live = world.lives.filter(({ isUp }) => isUp);
  const ids = new Set(live.map(({ clerk }) => clerk?.coreServer.self.id));
  for (const { name, clerk } of live) {
    const tables = clerk?.tables.tables() ?? [];
    for (const { name: table, tombstones } of tables)
      if (tombstones > 0) world.break(FORGOTTEN, `${name} has ${tombstones} of ${table} left`);
    for (const table of ROWS_OF_NODES)
      for (const row of clerk?.tables.find(table)?.rows() ?? [])
        if (!ids.has(String(Object(row)['node'])))
          world.break(FORGOTTEN, `${name} has ${JSON.stringify(row)} in ${table}`);
  }
}

const FORGOTTEN = 'what is gone is forgotten in the end';
/** Tables with a row for each node. */
const ROWS_OF_NODES = ['beethoven.offers', 'beethoven.scores', 'beethoven.hw'];
