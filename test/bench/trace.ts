import { RealCluster } from '../support/real-cluster.js';
import { stamp } from '../support/stamp.js';
const nodes = Number(process.argv[2] ?? 3), repeats = Number(process.argv[3] ?? 6), show = Number(process.argv[4] ?? 1);
const cluster = await RealCluster.start({ nodes, roles: [{ name: 'job', instances: 1 }] });
const totals: number[] = [];
for (let i = 0; i < repeats; i++) {
  const [holder] = await cluster.holders('job');
  if (!holder) throw new Error('no');
  const killedAt = holder.signal('SIGKILL');
  const survivors = cluster.members.filter((m) => m !== holder && m.isRunning);
  const started = await Promise.race(survivors.map((m) => m.first('role', ({ type }) => type === 'start', { since: killedAt })));
  totals.push(started.at - killedAt);
  await holder.end();
  await new Promise((r) => setTimeout(r, 100));
  if (i >= repeats - show) {
    console.log(`--- run ${i}: total ${(started.at - killedAt).toFixed(1)}; holder was ${holder.id}`);
    const all: [number, string][] = [];
    for (const m of survivors) {
      const since = stamp();
      m.command({ command: 'trace' } as never);
      const t = (await m.first('trace' as never, undefined, { since })) as unknown as { log: [number, string][] };
      for (const [at, what] of t.log) if (at >= killedAt && at < started.at + 3) all.push([at - killedAt, `${m.id.split('@')[1]?.split(':')[0]} ${what}`]);
    }
    for (const [at, what] of all.toSorted((a, b) => a[0] - b[0])) console.log(at.toFixed(2).padStart(7), what);
  }
  cluster.add();
  await cluster.settled();
  await new Promise((r) => setTimeout(r, 500));
}
console.log(totals.map((t) => t.toFixed(1)).join(' '));
await cluster.end();
