import { describe, expect, it } from 'vitest';
import { ioRates } from './io-counters.js';

const counters = {
  disk: { read: 1_000, written: 0 },
  net: { received: 500, sent: 500 },
};

describe('I/O rates', () => {
  it('are bytes a second over the span between two readings', () => {
    const after = { disk: { read: 4_000, written: 600 }, net: { received: 500, sent: 1_100 } };
    expect(ioRates(counters, after, 2_000)).toEqual({
      diskIo: { read: 1_500, written: 300 },
      netIo: { received: 0, sent: 300 },
    });
  });

  it('are absent where the platform does not tell', () => {
    expect(ioRates({}, counters, 1_000)).toEqual({});
    expect(ioRates(counters, { net: counters.net }, 1_000)).toEqual({
      netIo: { received: 0, sent: 0 },
    });
  });

  it('are absent when a counter ran backwards or no time has passed', () => {
    const unplugged = { ...counters, disk: { read: 10, written: 0 } };
    expect(ioRates(counters, unplugged, 1_000)).toEqual({ netIo: { received: 0, sent: 0 } });
    expect(ioRates(counters, counters, 0)).toEqual({});
  });
});
