import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AllocatorService } from '../allocator/allocator.service.js';
import type { ResolvedOptions } from '../beethoven.options.js';
import type { ClusterNode } from '../core-server/cluster-node.js';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { BusySignal } from '../protocol/busy-score.js';
import type { TableService } from '../tables/table.service.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { Timeline } from '../testing/timeline.js';
import type { Hardware, HardwareReading, IoRates } from './hardware.js';
import type { HardwareSample } from './hardware-sample.js';
import { HwMonArchive } from './hw-mon.archive.js';
import { HwMonService } from './hw-mon.service.js';

const node = (id: string, startedAt: number): ClusterNode =>
  ({ id, startedAt, self: id === 'me@127.0.0.1:1', status: 'alive' }) as ClusterNode;
const me = node('me@127.0.0.1:1', 1);
const other = node('other@127.0.0.2:1', 2);

/** A machine that reports what the test says. */
class ScriptedHardware implements Hardware {
  readonly ioPace = 30_000;
  started = 0;
  reading: HardwareReading = {
    cpu: 50,
    coreCount: 2,
    totalRam: 1_000e6,
    availableRam: 750e6,
    utilisation: 0.25,
  };
  start = (): void => void this.started++;
  sample = vi.fn<() => HardwareReading>(() => this.reading);
  ioRates = vi.fn<() => Promise<IoRates>>(() => Promise.resolve({}));
}

/** The one table, on one node: what is put is there. */
class OneTable {
  readonly held = new Map<string, HardwareSample>();
  readonly put = vi.fn<(row: HardwareSample) => void>((row) => void this.held.set(row.node, row));
  readonly get = (key: string): HardwareSample | undefined => this.held.get(key);
  readonly delete = (key: string): void => void this.held.delete(key);
  readonly rows = (): IterableIterator<HardwareSample> => this.held.values();
}

let timeline: Timeline;
let clock: ReturnType<Timeline['clock']>;
let hardware: ScriptedHardware;
let table: OneTable;
let archive: HwMonArchive;
let signals: BusySignal[];
let nodes: ClusterNode[];
let membership: Subject<{ type: string }>;

const monitor = (hwMon: ResolvedOptions['hwMon'] = { interval: 1_000 }): HwMonService =>
  new HwMonService(
    { hwMon } as ResolvedOptions,
    clock,
    new SeededRandom(1),
    hardware,
    {
      self: me,
      nodes: () => nodes,
      isLive: (id: string) => nodes.some((live) => live.id === id),
      membership$: membership,
    } as unknown as CoreServerService,
    { open: () => table } as unknown as TableService,
    { send: (signal: BusySignal) => signals.push(signal) } as unknown as AllocatorService,
    archive,
  );

/** What the other node has told. */
const theirs = (): HardwareSample => ({ ...table.held.get(me.id)!, node: other.id, cpu: 7 });

beforeEach(() => {
  timeline = new Timeline();
  clock = timeline.clock();
  hardware = new ScriptedHardware();
  table = new OneTable();
  archive = new HwMonArchive();
  signals = [];
  nodes = [me];
  membership = new Subject();
});
afterEach(() => vi.restoreAllMocks());

describe('the hardware monitor', () => {
  it('samples once an interval, in the units of the contract', async () => {
    const service = monitor();
    service.start();
    await timeline.advance(999);
    expect(service.latest()).toBeUndefined();
    await timeline.advance(1);
    expect(service.latest()).toEqual({
      node: me.id,
      cpu: 50,
      ram: 25,
      coreCount: 2,
      availableCpu: 100,
      availableRamMb: 750,
      totalRamMb: 1_000,
      eventLoop: { utilisation: 0.25, delay: 0 },
      at: clock.now(),
    });
    await timeline.advance(9_000);
    expect(hardware.sample).toHaveBeenCalledTimes(10);
  });

  it('lets each sample count into the busy score', async () => {
    monitor({ interval: 500 }).start();
    await timeline.advance(500);
    expect(signals).toEqual([
      { name: 'beethoven_cpu', weight: 1, type: 'percent', value: 50 },
      { name: 'beethoven_ram', weight: 1, type: 'percent', value: 25 },
      { name: 'beethoven_event_loop', weight: 1, type: 'percent', value: 25 },
    ]);
  });

  it('streams its samples until it stops', async () => {
    const service = monitor();
    const seen: HardwareSample[] = [];
    const complete = vi.fn<() => void>();
    service.samples$.subscribe({ next: (sample) => seen.push(sample), complete });
    service.start();
    await timeline.advance(3_000);
    service.stop();
    await timeline.advance(10_000);
    expect(seen).toHaveLength(3);
    expect(complete).toHaveBeenCalledOnce();
  });

  it('takes the lateness of its own timer for a delay of the event loop', async () => {
    const service = monitor();
    service.start();
    await timeline.advance(1_500);
    clock.pause();
    await timeline.advance(2_000);
    clock.resume();
    await timeline.advance(0);
    expect(service.latest()?.eventLoop.delay).toBe(1_500);
    await timeline.advance(1_500);
    expect(service.latest()?.eventLoop.delay).toBe(0);
  });

  it('when it is off has no sample, starts nothing and sets no timer after it has looked for rows of the dead', async () => {
    const service = monitor(false);
    service.start();
    await timeline.advance(5_000);
    const setTimer = vi.spyOn(clock, 'setTimer');
    await timeline.advance(60_000);
    expect(service.latest()).toBeUndefined();
    expect(hardware.started).toBe(0);
    expect(setTimer).not.toHaveBeenCalled();
    service.stop();
  });
});

describe('what the other nodes are told', () => {
  it('is a sample every 36 seconds at the latest while nothing happens', async () => {
    monitor().start();
    await timeline.advance(181_000);
    expect(table.put.mock.calls.length).toBeGreaterThanOrEqual(6); // after 1 s, 37 s … 181 s
    expect(table.put.mock.calls.length).toBeLessThanOrEqual(8);
  });

  it.each([
    ['was removed by the other side of a partition', (): void => table.delete(me.id)],
    ['is that of a former life', (): void => table.put({ ...theirs(), node: me.id, at: 1 })],
  ])('is told again at once when it %s', async (_, change) => {
    monitor().start();
    await timeline.advance(1_000);
    change();
    table.put.mockClear();
    await timeline.advance(1_000);
    expect(table.put).toHaveBeenCalledTimes(1);
    expect(table.held.get(me.id)?.at).toBe(clock.now());
  });

  it.each([
    ['CPU', { cpu: 55 }],
    ['memory', { availableRam: 730e6 }],
    ['the event loop', { utilisation: 0.31 }],
  ])('is a change of %s at once', async (_, change) => {
    monitor().start();
    await timeline.advance(1_000);
    hardware.reading = { ...hardware.reading, ...change };
    await timeline.advance(1_000);
    expect(table.put).toHaveBeenCalledTimes(2);
    await timeline.advance(1_000);
    expect(table.put).toHaveBeenCalledTimes(2);
  });

  it('is a change in 50 ms for each member at most: of many nodes that stir at once nobody hears too much', async () => {
    nodes = Array.from({ length: 100 }, (_, i) => (i === 0 ? me : node(`n${i}@127.0.0.1:1`, 1)));
    monitor().start();
    for (let i = 0; i < 60; i++) {
      hardware.reading = { ...hardware.reading, cpu: 20 + (i % 2) * 50 };
      // oxlint-disable-next-line no-await-in-loop
      await timeline.advance(1_000);
    }
    expect(table.put).toHaveBeenCalledTimes(12);
    expect(signals).toHaveLength(3 * 12);
  });

  it('does not include every small stir', async () => {
    monitor().start();
    await timeline.advance(1_000);
    hardware.reading = { ...hardware.reading, cpu: 54, availableRam: 740e6 };
    await timeline.advance(3_000);
    expect(table.put).toHaveBeenCalledTimes(1);
  });
});

describe("the cluster's samples", () => {
  it('are those of the live nodes, this one fresh', async () => {
    const service = monitor();
    service.start();
    await timeline.advance(2_000);
    table.put(theirs());
    expect([...service.cluster().keys()]).toEqual([me.id]);
    nodes.push(other);
    expect(service.cluster().get(other.id)?.cpu).toBe(7);
    expect(service.cluster().get(me.id)).toBe(service.latest());
  });

  it.each([
    ['no number', { cpu: '7' }],
    ['more than all', { ram: 101 }],
    ['endless', { totalRamMb: Infinity }],
    ['half', { eventLoop: { utilisation: 0 } }],
    ['of the wrong kind', { diskIo: [] }],
  ])('leave out a row that is %s', async (_, fault) => {
    const service = monitor();
    service.start();
    await timeline.advance(1_000);
    nodes.push(other);
    table.put({ ...theirs(), ...(fault as object) });
    expect([...service.cluster().keys()]).toEqual([me.id]);
  });

  it('of a node that went are removed by the senior member', async () => {
    monitor().start();
    await timeline.advance(1_000);
    table.put(theirs());
    membership.next({ type: 'down' });
    await timeline.advance(10_000);
    expect([...table.held.keys()]).toEqual([me.id]);
  });
});

describe('disk and network', () => {
  const rates: IoRates = {
    diskIo: { read: 10, written: 5 },
    netIo: { received: 2, sent: 1 },
  };

  it('are measured at their own pace and belong to every sample after', async () => {
    hardware.ioRates.mockResolvedValueOnce({}).mockResolvedValue(rates);
    const service = monitor();
    service.start();
    await timeline.advance(30_000);
    expect(hardware.ioRates).toHaveBeenCalledTimes(1);
    expect(service.latest()).not.toHaveProperty('diskIo');
    await timeline.advance(2_000);
    expect(hardware.ioRates).toHaveBeenCalledTimes(2);
    expect(service.latest()).toMatchObject(rates);
    await timeline.advance(60_000);
    expect(hardware.ioRates).toHaveBeenCalledTimes(4);
  });

  it('go into the archive as one figure each, once a measurement', async () => {
    hardware.ioRates.mockResolvedValueOnce({}).mockResolvedValue(rates);
    monitor().start();
    await timeline.advance(62_000);
    expect(archive.history('disk_io').map(({ value }) => value)).toEqual([15, 15]);
    expect(archive.history('net_io').map(({ value }) => value)).toEqual([3, 3]);
    expect(archive.history('cpu')).toHaveLength(62);
    expect(archive.history('ram').at(-1)).toEqual({ at: clock.now(), value: 25 });
  });

  it('that cannot be measured are absent, with one line in the log', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
    hardware.ioRates
      .mockResolvedValueOnce({})
      .mockResolvedValueOnce(rates)
      .mockRejectedValue(new Error('no shell'));
    const service = monitor();
    service.start();
    await timeline.advance(35_000);
    expect(service.latest()).toHaveProperty('diskIo');
    await timeline.advance(120_000);
    expect(service.latest()).not.toHaveProperty('diskIo');
    expect(service.latest()?.cpu).toBe(50);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain('no shell');
  });

  it('that arrive after the stop change nothing', async () => {
    hardware.ioRates.mockImplementation(
      () => new Promise((resolve) => void clock.setTimer(500, () => resolve(rates))),
    );
    const service = monitor();
    service.start();
    await timeline.advance(1_100);
    service.stop();
    await timeline.advance(1_000);
    expect(archive.history('disk_io')).toEqual([]);
  });
});

it('a machine that cannot be read costs one line in the log and no sample', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  hardware.sample
    .mockImplementationOnce(() => hardware.reading)
    .mockImplementation(() => {
      throw new Error('gone');
    });
  const service = monitor();
  service.start();
  await timeline.advance(1_000);
  const before = service.latest();
  await timeline.advance(5_000);
  expect(service.latest()).toBe(before);
  expect(warn).toHaveBeenCalledOnce();
  expect(hardware.sample).toHaveBeenCalledTimes(6);
});
