import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { IoCounters } from './io-counters.js';
import { MachineHardware } from './machine-hardware.js';

const started = (hardware: MachineHardware): MachineHardware => {
  hardware.start();
  return hardware;
};

describe('this machine', () => {
  it('reports figures that can be true', () => {
    const { cpu, coreCount, totalRam, availableRam, utilisation } = started(
      new MachineHardware(),
    ).sample();
    expect(cpu).toBeGreaterThanOrEqual(0);
    expect(cpu).toBeLessThanOrEqual(100);
    expect(coreCount).toBeGreaterThan(0);
    expect(totalRam).toBeGreaterThan(0);
    expect(totalRam).toBeLessThanOrEqual(totalmem());
    expect(availableRam).toBeGreaterThan(0);
    expect(availableRam).toBeLessThanOrEqual(totalRam);
    expect(utilisation).toBeGreaterThanOrEqual(0);
    expect(utilisation).toBeLessThanOrEqual(1);
  });

  it('gives rates from the second reading on', async () => {
    const readings: IoCounters[] = [
      { disk: { read: 0, written: 0 } },
      { disk: { read: 1_000_000, written: 0 }, net: { received: 5, sent: 5 } },
    ];
    const read = (): Promise<IoCounters> => Promise.resolve(readings.shift() ?? {});
    const hardware = started(new MachineHardware({ pace: 7, read }));
    expect(hardware.ioPace).toBe(7);
    expect(await hardware.ioRates()).toEqual({});
    const { diskIo, netIo } = await hardware.ioRates();
    expect(diskIo?.read).toBeGreaterThan(0);
    expect(diskIo?.written).toBe(0);
    expect(netIo).toBeUndefined();
  });
});
