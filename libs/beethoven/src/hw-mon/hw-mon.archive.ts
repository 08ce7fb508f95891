import { Injectable } from '@nestjs/common';
import { ArchiveQueryError } from '../errors/archive-query.error.js';
import type { Millis } from '../protocol/terms.js';
import { largestTriangles } from './largest-triangles.js';
import { TimeSeries, type TimedValue } from './time-series.js';

/** The metrics that are kept, and what their values are. */
const METRICS = [
  /** CPU load, in per cent of what the process may use. */
  'cpu',
  /** Memory in use, in per cent of what the process may use. */
  'ram',
  /** Read and written (bytes/s). */
  'disk_io',
  /** Received and sent (bytes/s). */
  'net_io',
] as const;

export type HwMonMetric = (typeof METRICS)[number];

export interface HistoryQuery {
  /**
   * Only entries from this time on (ms since the epoch).
   * @default all of them
   */
  readonly since?: Millis | undefined;
  /**
   * At most so many, the newest ones; a whole number, 0 or more.
   * @default 100000
   */
  readonly limit?: number | undefined;
}

/** Entries kept of each metric; the oldest give way. */
const CAPACITY = 100_000;

/**
 * What this node measured, for as long as it has run: 100,000 entries a metric, first in first out. That is 27 hours of CPU and
 * memory at one sample a second, and 34 days of disk and network at one in 30 seconds. A full metric takes 1.6 MB; an
 * empty one takes 1 kB.
 */
@Injectable()
export class HwMonArchive {
  readonly #series = new Map<string, TimeSeries>(
    METRICS.map((metric) => [metric, new TimeSeries(CAPACITY)]),
  );

  /**
   * The entries of a metric, from the oldest to the newest.
   *
   * @throws ArchiveQueryError when there is no such metric, or the query makes no sense.
   */
  history(metric: HwMonMetric, { since, limit = CAPACITY }: HistoryQuery = {}): TimedValue[] {
    const series = this.#of(metric);
    if (!Number.isInteger(limit) || limit < 0)
      throw new ArchiveQueryError('limit', limit, 'a whole number, 0 or more');
    if (since !== undefined && Number.isNaN(since))
      throw new ArchiveQueryError('since', since, 'a time in milliseconds since the epoch');
    const oldest = since === undefined ? 0 : series.firstSince(since);
    const start = Math.max(oldest, series.length - limit);
    return Array.from({ length: series.length - start }, (_, i) => series.at(start + i));
  }

  /**
   * So many entries of a metric that a chart of them looks like a chart of all: the first, the last, and those in between that
   * show its peaks (largest triangle of three buckets). All of them where there are no more; of one point, the newest.
   *
   * @throws ArchiveQueryError when there is no such metric, or `points` is no whole number of 1 or more.
   */
  downsample(metric: HwMonMetric, points: number): TimedValue[] {
    const series = this.#of(metric);
    if (!Number.isInteger(points) || points < 1)
      throw new ArchiveQueryError('points', points, 'a whole number, 1 or more');
    if (points >= series.length) return this.history(metric);
    const last = series.length - 1;
    if (points === 1) return [series.at(last)];
    if (points === 2) return [series.at(0), series.at(last)];
    return largestTriangles(series, points).map((index) => series.at(index));
  }

  /** @internal What the monitor measured; times must not go back. */
  record(metric: HwMonMetric, at: Millis, value: number): void {
    this.#of(metric).push(at, value);
  }

  #of(metric: string): TimeSeries {
    const series = this.#series.get(metric);
    if (series === undefined) throw new ArchiveQueryError('metric', metric, METRICS.join(', '));
    return series;
  }
}
