import type { INestApplicationContext } from '@nestjs/common';
import { CoreServerService } from '../core-server/core-server.service.js';
import type { NodeId } from '../protocol/terms.js';
import { QuorumService } from '../quorum/quorum.service.js';
import type { SimulatedNode } from './simulated-node.js';
import { RoleMgmtService } from '../role-mgmt/role-mgmt.service.js';

/** What one node of a simulated cluster sees, and what runs on it. */
export interface NodeReport {
  readonly node: NodeId;
  /** The live members, with the status of those that are not simply alive. */
  readonly live: readonly NodeId[];
  /** Whose majority decides under `keep-majority`; `(gone)` where that process is not live any more. */
  readonly voters: readonly NodeId[];
  /** Where it says that each role runs. */
  readonly roles: unknown;
  /** What really runs on it. */
  readonly running: unknown;
  /** Connections that are open, and timers that are set: of a node that forgets to close and to cancel, they grow. */
  readonly open: { readonly connections: number; readonly timers: number };
}

export const idOf = (app: INestApplicationContext): NodeId => app.get(CoreServerService).self.id;

/** What the node sees of the cluster, and does in it. */
export function viewOf(app: INestApplicationContext): Omit<NodeReport, 'open'> {
  const roles = app.get(RoleMgmtService);
  const nodes = app.get(CoreServerService).nodes();
  const lives = new Map(nodes.map(({ id, startedAt }) => [id, startedAt]));
  return {
    node: idOf(app),
    live: nodes.map(({ id, status }) => (status === 'alive' ? id : `${id} (${status})`)).toSorted(),
    voters: [...app.get(QuorumService).voters]
      .map(([id, life]) => (lives.get(id) === life ? id : `${id} (gone)`))
      .toSorted(),
    roles: roles.roles(),
    running: roles.local(),
  };
}

export function reportOf(node: SimulatedNode): NodeReport {
  const { connections, clock, threadClock } = node.process;
  return { ...viewOf(node.app), open: { connections, timers: clock.timers + threadClock.timers } };
}

/** Where a role really runs, and under which epochs. */
export function activations(
  apps: readonly INestApplicationContext[],
  role: string,
): { node: NodeId; epoch: number }[] {
  return apps.flatMap((app) =>
    app
      .get(RoleMgmtService)
      .local()
      .filter((local) => local.role === role)
      .map(({ epoch }) => ({ node: idOf(app), epoch })),
  );
}
