import type { CpuInfo } from 'node:os';
import type { Millis } from '../protocol/terms.js';

/** CPU time since the machine started, over all CPUs; any unit, as only shares of it are taken. */
export interface HostTimes {
  readonly busy: number;
  readonly total: number;
}

/** The counters behind one figure of CPU load. */
export interface CpuCounters {
  /** Absent where the platform does not tell. */
  readonly host: HostTimes | undefined;
  /** CPU time that this process has used (ms). */
  readonly own: Millis;
  readonly at: Millis;
}

/**
 * The first line of `/proc/stat`. Waiting for a disk is not work; time that the hypervisor gave to others is, for the CPU was
 * not there to be used. Guest time is left out because user time holds it already.
 *
 * Source: proc_stat(5).
 */
export function parseProcStat(text: string): HostTimes | undefined {
  const line = /^cpu +(\d[\d ]*)/.exec(text)?.[1];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, idle, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = line
    .trim()
    .split(/ +/)
    .map(Number);
  if (idle === undefined) return undefined;
  const busy = user + nice + system + irq + softIrq + steal;
  return { busy, total: busy + idle + ioWait };
}

/** The same from `os.cpus()`, where there is no `/proc`. */
export function hostTimesOf(cpus: readonly CpuInfo[]): HostTimes | undefined {
  if (cpus.length === 0) return undefined;
  let busy = 0;
  let idle = 0;
  for (const { times } of cpus) {
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  return { busy, total: busy + idle };
}

/**
 * How busy the CPUs are that this process may use, in per cent. The host's load alone does not see that a container's quota is
 * used up; our own use alone does not see the neighbours: the greater of the two counts.
 */
export function cpuLoad(before: CpuCounters, after: CpuCounters, allowedCpus: number): number {
  return 100 * Math.max(hostShare(before, after), ownShare(before, after, allowedCpus));
}

function hostShare({ host: before }: CpuCounters, { host: after }: CpuCounters): number {
  if (before === undefined || after === undefined) return 0;
  return share(after.busy - before.busy, after.total - before.total);
}

function ownShare(before: CpuCounters, after: CpuCounters, allowedCpus: number): number {
  return share(after.own - before.own, (after.at - before.at) * allowedCpus);
}

/** Counters run backwards when a CPU is taken away: that says nothing, so it counts as nothing. */
function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}
