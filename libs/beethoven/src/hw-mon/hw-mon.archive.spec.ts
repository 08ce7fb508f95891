import { describe, expect, it } from 'vitest';
import { ArchiveQueryError } from '../errors/archive-query.error.js';
import { HwMonArchive, type HistoryQuery } from './hw-mon.archive.js';

const filled = (entries: number): HwMonArchive => {
  const archive = new HwMonArchive();
  for (let i = 0; i < entries; i++) archive.record('cpu', i * 1_000, i % 100);
  return archive;
};

/** Which of ten entries, one a second, the archive answers with. */
const times = (query: HistoryQuery): number[] =>
  filled(10)
    .history('cpu', query)
    .map(({ at }) => at / 1_000);

describe('the hardware archive', () => {
  it('keeps 100,000 entries of a metric and lets the oldest go', () => {
    const entries = filled(100_003).history('cpu');
    expect(entries).toHaveLength(100_000);
    expect(entries[0]).toEqual({ at: 3_000, value: 3 });
    expect(entries.at(-1)).toEqual({ at: 100_002_000, value: 2 });
  });

  it('keeps the metrics apart', () => {
    const archive = filled(3);
    archive.record('net_io', 0, 5);
    expect(archive.history('net_io')).toEqual([{ at: 0, value: 5 }]);
    expect(archive.history('disk_io')).toEqual([]);
    expect(archive.history('ram')).toEqual([]);
  });

  it('answers from a time on, and with the newest, oldest first', () => {
    expect(times({ since: 7_000 })).toEqual([7, 8, 9]);
    expect(times({ since: 6_999 })).toEqual([7, 8, 9]);
    expect(times({ limit: 2 })).toEqual([8, 9]);
    expect(times({ since: 5_000, limit: 2 })).toEqual([8, 9]);
    expect(times({ since: 8_000, limit: 100 })).toEqual([8, 9]);
    expect(times({ since: 9_001 })).toEqual([]);
    expect(times({ limit: 0 })).toEqual([]);
    expect(times({ since: -Infinity })).toHaveLength(10);
  });

  it('downsamples to entries that were measured', () => {
    const archive = filled(1_000);
    const measured = new Map(archive.history('cpu').map(({ at, value }) => [at, value]));
    const points = archive.downsample('cpu', 50);
    expect(points).toHaveLength(50);
    for (const { at, value } of points) expect(measured.get(at)).toBe(value);
  });

  it('downsamples to few points, and to no more than there are', () => {
    expect(filled(10).downsample('cpu', 1)).toEqual([{ at: 9_000, value: 9 }]);
    expect(
      filled(10)
        .downsample('cpu', 2)
        .map(({ value }) => value),
    ).toEqual([0, 9]);
    expect(filled(10).downsample('cpu', 3)).toHaveLength(3);
    expect(filled(10).downsample('cpu', 10)).toHaveLength(10);
    expect(filled(10).downsample('cpu', 99)).toHaveLength(10);
    expect(filled(0).downsample('cpu', 5)).toEqual([]);
  });

  it('refuses a metric that it does not keep, at compile time and by name', () => {
    // @ts-expect-error: no such metric
    expect(() => filled(1).history('gpu')).toThrow('metric = gpu. Give cpu, ram, disk_io, net_io.');
    // @ts-expect-error: a name that every object has
    expect(() => filled(1).downsample('constructor', 3)).toThrow(ArchiveQueryError);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('refuses to downsample to %d points', (points) => {
    expect(() => filled(9).downsample('cpu', points)).toThrow(ArchiveQueryError);
  });

  it('refuses a limit or a time that is no number it can use', () => {
    for (const limit of [-1, 0.5, NaN])
      expect(() => filled(9).history('cpu', { limit })).toThrow(ArchiveQueryError);
    expect(() => filled(9).history('cpu', { since: NaN })).toThrow(ArchiveQueryError);
  });
});
