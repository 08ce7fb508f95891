/** Gives the text of a file, or `undefined` where it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

/** A control group that limits the memory of this process, itself or through a group inside it. */
export interface MemoryLimit {
  readonly bytes: number;
  /** What the group's members hold now (bytes), page cache that can be dropped excluded. */
  inUse(read: ReadFile): number | undefined;
}

const MOUNT = '/sys/fs/cgroup';

/** No group has a limit beyond it: version 1 writes "unlimited" as 2^63 less a page. */
const UNLIMITED = 2 ** 60;

/**
 * How many CPUs the groups of this process allow it, possibly a fraction; `undefined` without a quota. Groups are nested, and
 * the tightest on the way up holds.
 *
 * Source: Linux documentation, admin-guide/cgroup-v2 ("cpu.max") and scheduler/sched-bwc (version 1).
 */
export function cpuQuota(read: ReadFile): number | undefined {
  const { version, directories } = groupsOf('cpu', read);
  const quotas = directories.map((directory) =>
    version === 2
      ? quotaOf(read(`${directory}/cpu.max`)?.split(' '))
      : quotaOf([
          read(`${directory}/cpu.cfs_quota_us`) ?? '',
          read(`${directory}/cpu.cfs_period_us`) ?? '',
        ]),
  );
  const smallest = Math.min(...quotas);
  return smallest === Infinity ? undefined : smallest;
}

/**
 * The tightest memory limit on this process; of equal ones the outermost, whose members include those of the others.
 *
 * Source: Linux documentation, admin-guide/cgroup-v2 ("memory.max", "memory.high") and admin-guide/cgroup-v1/memory.
 */
export function memoryLimit(read: ReadFile): MemoryLimit | undefined {
  const { version, directories } = groupsOf('memory', read);
  let tightest: MemoryLimit | undefined;
  for (const directory of directories) {
    const bytes =
      version === 2
        ? Math.min(
            bytesOf(read(`${directory}/memory.max`)),
            bytesOf(read(`${directory}/memory.high`)),
          )
        : bytesOf(read(`${directory}/memory.limit_in_bytes`));
    if (bytes >= UNLIMITED || bytes > (tightest?.bytes ?? Infinity)) continue;
    tightest = { bytes, inUse: (now) => memoryInUse(version, directory, now) };
  }
  return tightest;
}

function memoryInUse(version: 1 | 2, directory: string, read: ReadFile): number | undefined {
  const [usage, inactive] =
    version === 2
      ? ['memory.current', /^inactive_file (\d+)$/m]
      : ['memory.usage_in_bytes', /^total_inactive_file (\d+)$/m];
  const bytes = bytesOf(read(`${directory}/${usage}`));
  if (bytes === Infinity) return undefined;
  const cache = Number(inactive.exec(read(`${directory}/memory.stat`) ?? '')?.[1] ?? 0);
  return Math.max(0, bytes - cache);
}

/**
 * The directories of the groups that hold this process, its own first and the root last. Inside a container they may be
 * missing but for the last, which is the container's own: the path is the host's, the mount is not.
 */
function groupsOf(
  controller: 'cpu' | 'memory',
  read: ReadFile,
): { version: 1 | 2; directories: string[] } {
  const memberships = (read('/proc/self/cgroup') ?? '')
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? [])
    .map(([, controllers, path = '']) => ({ controllers: controllers?.split(',') ?? [], path }));
  const first = memberships.find(({ controllers }) => controllers.includes(controller));
  const second = memberships.find(({ controllers }) => controllers[0] === '');
  const version = first === undefined ? 2 : 1;
  const root = version === 1 ? `${MOUNT}/${controller}` : MOUNT;

  const names = ((first ?? second)?.path ?? '').split('/').filter((name) => name !== '');
  const directories = [root];
  for (const name of names) directories.unshift(`${directories[0]}/${name}`);
  return { version, directories };
}

function quotaOf([quota, period]: readonly string[] = []): number {
  const cpus = Number(quota) / Number(period);
  return cpus > 0 ? cpus : Infinity;
}

function bytesOf(text: string | undefined): number {
  const bytes = Number.parseInt(text ?? '', 10);
  return bytes >= 0 ? bytes : Infinity;
}
