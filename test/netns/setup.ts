import { spawnSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { removeLeftovers } from './namespaces.js';
import { NamespaceNetwork } from './namespace-network.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether networks of namespaces can be made here. */
    namespaces: boolean;
  }
}

const TOOLS = { ip: '-V', nft: '--version', ethtool: '--version' };

/** Before any test: whether they can run at all, and what dead runs have left behind. */
export default async function setup(project: TestProject): Promise<void> {
  const obstacle = await findObstacle();
  if (obstacle !== undefined && process.env['NETNS'] === 'required')
    throw new Error(`The tests of test/netns must run here, and cannot: ${obstacle}`);
  if (obstacle !== undefined)
    console.warn(`\nThe tests of test/netns are skipped, they cannot run here: ${obstacle}\n`);
  project.provide('namespaces', obstacle === undefined);
}

async function findObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux.';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces.';
  const missing = Object.entries(TOOLS)
    .filter(([tool, question]) => spawnSync(tool, [question]).error !== undefined)
    .map(([tool]) => tool);
  if (missing.length > 0)
    return `${missing.join(', ')} not found; apt-get install iproute2 nftables ethtool.`;
  try {
    await removeLeftovers();
    const network = await NamespaceNetwork.create({ hosts: 1 });
    await network.heal();
    await network.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
