import type { TimeSeries } from './time-series.js';

/**
 * The entries, by index, that keep the shape of a long series: the first, the last, and of each bucket in between the one that
 * spans the largest triangle with the entry chosen before it and the mean of the bucket after it. Peaks survive, as they would
 * not in a mean, and every entry is one that was measured.
 *
 * Source: Steinarsson, "Downsampling Time Series for Visual Representation", 2013, section 4.2 (Largest-Triangle-Three-Buckets).
 *
 * @param points 3 or more, and less than the length of the series
 */
export function largestTriangles(series: TimeSeries, points: number): number[] {
  const last = series.length - 1;
  const width = (last - 1) / (points - 2);
  const startOf = (bucket: number): number => Math.floor(bucket * width) + 1;

  const chosen = [0];
  let previous = 0;
  for (let bucket = 0; bucket < points - 2; bucket++) {
    const end = startOf(bucket + 1);
    const mean =
      bucket === points - 3
        ? series.at(last) // the bucket after the last one holds the last entry alone
        : meanOf(series, end, startOf(bucket + 2));
    const from = series.at(previous);

    let largest = -1;
    for (let i = startOf(bucket); i < end; i++) {
      const area = Math.abs(
        (from.at - mean.at) * (series.valueAt(i) - from.value) -
          (from.at - series.timeAt(i)) * (mean.value - from.value),
      );
      if (area <= largest) continue;
      largest = area;
      previous = i;
    }
    chosen.push(previous);
  }
  chosen.push(last);
  return chosen;
}

function meanOf(series: TimeSeries, start: number, end: number): { at: number; value: number } {
  let at = 0;
  let value = 0;
  for (let i = start; i < end; i++) {
    at += series.timeAt(i);
    value += series.valueAt(i);
  }
  return { at: at / (end - start), value: value / (end - start) };
}
