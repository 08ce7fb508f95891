import { describe, expect, it } from 'vitest';
import { cpuQuota, memoryLimit } from './cgroup.js';

const V1 = (path: string): string =>
  ['4:memory:', '2:cpu,cpuacct:', '0::'].map((hierarchy) => `${hierarchy}${path}\n`).join('');
const V2 = (path: string): string => `0::${path}\n`;

/** A machine that has these files and no others. */
const files =
  (membership: string, under: Record<string, string> = {}) =>
  (path: string): string | undefined =>
    path === '/proc/self/cgroup' ? membership : under[path.replace('/sys/fs/cgroup/', '')];

describe('the CPU quota', () => {
  it('is quota by period in version 2', () => {
    expect(cpuQuota(files(V2('/app'), { 'app/cpu.max': '150000 100000\n' }))).toBe(1.5);
  });

  it('is quota by period in version 1', () => {
    const read = files(V1('/app'), {
      'cpu/app/cpu.cfs_quota_us': '50000\n',
      'cpu/app/cpu.cfs_period_us': '100000\n',
    });
    expect(cpuQuota(read)).toBe(0.5);
  });

  it('is the tightest on the way up', () => {
    const read = files(V2('/slice/pod/app'), {
      'slice/pod/app/cpu.max': 'max 100000\n',
      'slice/pod/cpu.max': '200000 100000\n',
      'slice/cpu.max': '400000 100000\n',
    });
    expect(cpuQuota(read)).toBe(2);
  });

  it("is the container's own where the path is the host's and the mount is not", () => {
    const read = files(V1('/docker/0123abc'), {
      'cpu/cpu.cfs_quota_us': '25000\n',
      'cpu/cpu.cfs_period_us': '100000\n',
    });
    expect(cpuQuota(read)).toBe(0.25);
    expect(cpuQuota(files(V2('/../../app'), { 'cpu.max': '25000 100000\n' }))).toBe(0.25);
  });

  it.each([
    ['"max" in version 2', files(V2('/app'), { 'app/cpu.max': 'max 100000\n' })],
    [
      '-1 in version 1',
      files(V1('/'), { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' }),
    ],
    ['no files', files(V2('/app'))],
    ['a machine without control groups', () => undefined],
    ['nonsense', files('what is this', { 'cpu.max': '0 0\n' })],
    ['an empty file', files(V2('/'), { 'cpu.max': '' })],
  ])('is none for %s', (_, read) => {
    expect(cpuQuota(read)).toBeUndefined();
  });
});

describe('the memory limit', () => {
  it('is what version 2 allows, less where it throttles before', () => {
    const hard = { 'app/memory.max': '536870912\n', 'app/memory.high': 'max\n' };
    expect(memoryLimit(files(V2('/app'), hard))?.bytes).toBe(536_870_912);
    const soft = { ...hard, 'app/memory.high': '400000000\n' };
    expect(memoryLimit(files(V2('/app'), soft))?.bytes).toBe(400_000_000);
  });

  it('does not count page cache that can be dropped as in use', () => {
    const read = files(V2('/app'), {
      'app/memory.max': '1000\n',
      'app/memory.current': '900\n',
      'app/memory.stat': 'anon 150\nfile 700\ninactive_anon 5\ninactive_file 600\n',
    });
    expect(memoryLimit(read)?.inUse(read)).toBe(300);
  });

  it('is counted with all groups inside in version 1', () => {
    const read = files(V1('/app'), {
      'memory/app/memory.limit_in_bytes': '1000\n',
      'memory/app/memory.usage_in_bytes': '900\n',
      'memory/app/memory.stat': 'inactive_file 1\ntotal_inactive_file 200\n',
    });
    expect(memoryLimit(read)?.bytes).toBe(1_000);
    expect(memoryLimit(read)?.inUse(read)).toBe(700);
  });

  it('is the tightest on the way up, and its use that of the same group', () => {
    const read = files(V2('/pod/app'), {
      'pod/app/memory.max': '2000\n',
      'pod/app/memory.current': '100\n',
      'pod/memory.max': '1000\n',
      'pod/memory.current': '800\n',
    });
    expect(memoryLimit(read)?.bytes).toBe(1_000);
    expect(memoryLimit(read)?.inUse(read)).toBe(800);
  });

  it('is that of the outer group where both allow the same, for the outer one is the fuller', () => {
    const read = files(V2('/pod/app'), {
      'pod/app/memory.max': '1000\n',
      'pod/app/memory.current': '100\n',
      'pod/memory.max': '1000\n',
      'pod/memory.current': '800\n',
    });
    expect(memoryLimit(read)?.inUse(read)).toBe(800);
  });

  it('has an unknown use where the kernel does not tell, and never a negative one', () => {
    const silent = files(V2('/'), { 'memory.max': '1000\n' });
    expect(memoryLimit(silent)?.inUse(silent)).toBeUndefined();
    const odd = files(V2('/'), {
      'memory.max': '1000\n',
      'memory.current': '10\n',
      'memory.stat': 'inactive_file 20\n',
    });
    expect(memoryLimit(odd)?.inUse(odd)).toBe(0);
  });

  it.each([
    ['"max"', files(V2('/app'), { 'app/memory.max': 'max\n' })],
    [
      '"unlimited" of version 1',
      files(V1('/'), { 'memory/memory.limit_in_bytes': '9223372036854771712\n' }),
    ],
    ['a machine without control groups', () => undefined],
    ['nonsense', files(V2('/'), { 'memory.max': 'lots\n' })],
  ])('is none for %s', (_, read) => {
    expect(memoryLimit(read)).toBeUndefined();
  });
});
