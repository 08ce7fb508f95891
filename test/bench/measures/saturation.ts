import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { stamp } from '../../support/stamp.js';
import { RealCluster } from '../../support/real-cluster.js';

/** How many `down` events five healthy nodes report in `span` ms while other processes saturate every core twice over. */
export async function saturation(span: number): Promise<{ down: number; suspected: number }> {
  const cluster = await RealCluster.start({ nodes: 5 });
  const hogs = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  const since = stamp();
  await new Promise((resolve) => setTimeout(resolve, span));
  for (const hog of hogs) hog.kill('SIGKILL');
  const count = (wanted: string) =>
    cluster.members
      .flatMap(({ reports }) => reports)
      .filter((report) => report.report === 'node' && report.type === wanted && report.at > since)
      .length;
  const counts = { down: count('down'), suspected: count('suspected') };
  await cluster.end();
  return counts;
}
