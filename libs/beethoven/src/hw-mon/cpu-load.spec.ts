import * as fc from 'fast-check';
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { cpuLoad, hostTimesOf, parseProcStat, type CpuCounters } from './cpu-load.js';

const counters = (busy: number, total: number, own: number, at: number): CpuCounters => ({
  host: { busy, total },
  own,
  at,
});

describe('/proc/stat', () => {
  it('counts waiting for a disk as idle, time stolen by the hypervisor as busy, and guests once', () => {
    const text = 'cpu  100 10 50 800 40 3 7 20 90 5\ncpu0 50 5 25 400 20 1 3 10 45 2\nintr 12345\n';
    expect(parseProcStat(text)).toEqual({ busy: 190, total: 1_030 });
  });

  it('is read from kernels that know fewer columns', () => {
    expect(parseProcStat('cpu  100 10 50 800\n')).toEqual({ busy: 160, total: 960 });
  });

  it.each(['', 'cpu0 1 2 3 4\n', 'cpu  \n', 'cpu  1 2 3\n', 'cpu one two\n'])(
    'says nothing where it makes no sense: %j',
    (text) => {
      expect(parseProcStat(text)).toBeUndefined();
    },
  );
});

describe('the times of os.cpus()', () => {
  it('are summed over all CPUs', () => {
    const times = { user: 10, nice: 1, sys: 5, irq: 4, idle: 80 };
    const cpu = { model: '', speed: 0, times };
    expect(hostTimesOf([cpu, cpu])).toEqual({ busy: 40, total: 200 });
  });

  it('say nothing where the platform lists no CPU', () => {
    expect(hostTimesOf([])).toBeUndefined();
    expect(hostTimesOf(cpus())?.total).toBeGreaterThan(0);
  });
});

describe('the CPU load', () => {
  it("is the host's while the neighbours are the busy ones", () => {
    expect(cpuLoad(counters(0, 0, 0, 0), counters(150, 200, 10, 1_000), 2)).toBe(75);
  });

  it('is our own use of the quota when that is nearer its end than the host', () => {
    // 500 ms of CPU in a second with half a CPU allowed: full, on a host that is calm.
    expect(cpuLoad(counters(0, 0, 0, 0), counters(50, 400, 500, 1_000), 0.5)).toBe(100);
    expect(cpuLoad(counters(0, 0, 0, 0), counters(50, 400, 500, 1_000), 2)).toBe(25);
  });

  it('is 100 at full load, and not 1', () => {
    expect(cpuLoad(counters(0, 0, 0, 0), counters(200, 200, 2_000, 1_000), 2)).toBe(100);
  });

  it('falls back to our own use where the host tells nothing', () => {
    const before = { host: undefined, own: 0, at: 0 };
    expect(cpuLoad(before, { ...before, own: 300, at: 1_000 }, 1)).toBe(30);
  });

  it('counts counters that stand still or run backwards as nothing', () => {
    const before = counters(100, 200, 50, 1_000);
    expect(cpuLoad(before, before, 2)).toBe(0);
    expect(cpuLoad(before, counters(90, 100, 40, 2_000), 2)).toBe(0);
  });

  it('stays between 0 and 100, whatever the counters', () => {
    const any = fc.record({
      host: fc.option(fc.record({ busy: fc.nat(), total: fc.nat() }), { nil: undefined }),
      own: fc.nat(),
      at: fc.nat(),
    });
    fc.assert(
      fc.property(
        any,
        any,
        fc.double({ min: 0.01, max: 256, noNaN: true }),
        (from, to, allowed) => {
          const load = cpuLoad(from, to, allowed);
          expect(load).toBeGreaterThanOrEqual(0);
          expect(load).toBeLessThanOrEqual(100);
        },
      ),
    );
  });
});
