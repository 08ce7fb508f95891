import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Millis } from '../protocol/terms.js';
import { cpuQuota, memoryLimit, type MemoryLimit } from './cgroup.js';
import { cpuLoad, hostTimesOf, parseProcStat, type CpuCounters } from './cpu-load.js';
import type { Hardware, HardwareReading, IoRates } from './hardware.js';
import { ioRates, type IoCounters, type IoSource } from './io-counters.js';
import { procfsIo } from './procfs-io.js';
import { readSystemFile } from './system-file.js';
import { WorkerIo } from './worker-io.js';

/** A container's limits can be changed while it runs, and memory plugged in; how long an old figure may be believed. */
const LIMITS_AGE: Millis = 30_000;

/** What this process may use. */
interface Limits {
  readonly readAt: Millis;
  readonly cpus: number;
  /** Of the machine (bytes). */
  readonly totalRam: number;
  readonly memory: MemoryLimit | undefined;
}

/** This machine, as far as this process may use it. */
export class MachineHardware implements Hardware {
  #utilisation = performance.eventLoopUtilization();
  // Read at the first sample, not while the application is being put together.
  #limits: Limits | undefined;
  #cpu: CpuCounters | undefined;
  #io: { readonly at: Millis; readonly counters: IoCounters } | undefined;

  constructor(
    private readonly io: IoSource = process.platform === 'linux' ? procfsIo : new WorkerIo(),
  ) {}

  get ioPace(): Millis {
    return this.io.pace;
  }

  start(): void {
    this.#utilisation = performance.eventLoopUtilization();
    this.#cpu = cpuCounters();
  }

  sample(): HardwareReading {
    const now = cpuCounters();
    const before = this.#cpu ?? now;
    this.#cpu = now;
    const limits = this.#freshLimits(now.at);
    return {
      cpu: cpuLoad(before, now, limits.cpus),
      coreCount: limits.cpus,
      ...memoryNow(limits),
      utilisation: this.#utilisationSince(),
    };
  }

  async ioRates(): Promise<IoRates> {
    const counters = await this.io.read();
    const at = performance.now();
    const before = this.#io;
    this.#io = { at, counters };
    return before === undefined ? {} : ioRates(before.counters, counters, at - before.at);
  }

  #utilisationSince(): number {
    const before = this.#utilisation;
    this.#utilisation = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.#utilisation, before);
    return Math.min(1, utilization);
  }

  #freshLimits(now: Millis): Limits {
    if (this.#limits === undefined || now - this.#limits.readAt >= LIMITS_AGE)
      this.#limits = currentLimits();
    return this.#limits;
  }
}

function cpuCounters(): CpuCounters {
  const { user, system } = process.cpuUsage();
  const stat = readSystemFile('/proc/stat');
  return {
    host: stat === undefined ? hostTimesOf(cpus()) : parseProcStat(stat),
    own: (user + system) / 1_000,
    at: performance.now(),
  };
}

function currentLimits(): Limits {
  return {
    readAt: performance.now(),
    cpus: Math.min(availableParallelism(), cpuQuota(readSystemFile) ?? Infinity),
    totalRam: totalmem(),
    memory: memoryLimit(readSystemFile),
  };
}

/**
 * `os.freemem()` is what Linux calls MemAvailable, so page cache that can be dropped counts as free. Of a container
 * `process.availableMemory()` would count it as used, and it does not see the limits of the groups around it.
 */
function memoryNow({ totalRam: ofMachine, memory }: Limits) {
  const totalRam = Math.min(ofMachine, memory?.bytes ?? Infinity);
  const left = totalRam - (memory?.inUse(readSystemFile) ?? 0);
  return { totalRam, availableRam: Math.max(0, Math.min(freemem(), left)) };
}
