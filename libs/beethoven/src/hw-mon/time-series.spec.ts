import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeSeries, type TimedValue } from './time-series.js';

const all = (series: TimeSeries): TimedValue[] =>
  Array.from({ length: series.length }, (_, i) => series.at(i));

describe('a time series', () => {
  it('holds what an array cut to its capacity would hold', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.double({ noNaN: true }), { maxLength: 1_000, size: 'max' }),
        (capacity, values) => {
          const series = new TimeSeries(capacity);
          const model: TimedValue[] = [];
          for (const [at, value] of values.entries()) {
            series.push(at, value);
            model.push({ at, value });
            if (model.length > capacity) model.shift();
          }
          expect(series.length).toBe(model.length);
          expect(all(series)).toEqual(model);
        },
      ),
    );
  });

  it('finds the first entry at or after a time', () => {
    const steps = fc.array(fc.nat({ max: 3 }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: -1, max: 650 }), (gaps, since) => {
        const series = new TimeSeries(100);
        let at = 0;
        for (const gap of gaps) series.push((at += gap), 0);
        const expected = all(series).findIndex((entry) => entry.at >= since);
        expect(series.firstSince(since)).toBe(expected === -1 ? series.length : expected);
      }),
    );
  });
});
