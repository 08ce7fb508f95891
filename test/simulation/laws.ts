import type { SimulatedCluster } from 'nestjs-beethoven/testing';
import { expect } from 'vitest';

/** Laws 2 and 3: every node sees the same members, and each role runs where, and only where, everybody says that it runs. */
export function expectOneCluster(cluster: SimulatedCluster, roles: Record<string, number>): void {
  const { nodes } = cluster;
  for (const { node, live } of cluster.report())
    expect(live, `what ${node} sees`).toEqual(nodes.toSorted());
  for (const [role, instances] of Object.entries(roles)) {
    const holders = cluster.holders(role).toSorted();
    expect(holders, `the holders of ${role}`).toHaveLength(Math.min(instances, nodes.length));
    expect(new Set(holders).size, `holders of ${role} on one node`).toBe(holders.length);
    for (const { node, roles: seen } of cluster.report()) {
      const told = (seen as { role: string; nodes: string[] }[]).find((one) => one.role === role);
      expect([...(told?.nodes ?? [])].toSorted(), `where ${node} says ${role} runs`).toEqual(
        holders,
      );
    }
  }
}
