import type { Systeminformation } from 'systeminformation';
import { describe, expect, it } from 'vitest';
import { readSystemIo } from './system-io.js';

const disk = { rx: 10, wx: 20 } as Systeminformation.FsStatsData;
const net = { rx_bytes: 30, tx_bytes: 40 } as Systeminformation.NetworkStatsData;

describe('the counters of systeminformation', () => {
  it('are its totals', async () => {
    const counters = await readSystemIo({
      fsStats: () => Promise.resolve(disk),
      networkStats: () => Promise.resolve([net]),
    });
    expect(counters).toEqual({
      disk: { read: 10, written: 20 },
      net: { received: 30, sent: 40 },
    });
  });

  it('are absent where it has none', async () => {
    const counters = await readSystemIo({
      fsStats: () => Promise.resolve(null),
      networkStats: () => Promise.resolve([]),
    });
    expect(counters).toEqual({});
  });
});
