import type { Hardware, HardwareReading, IoRates } from './hardware.js';

const CALM: HardwareReading = {
  cpu: 10,
  coreCount: 2,
  totalRam: 8e9,
  availableRam: 6e9,
  utilisation: 0.01,
};

/** A machine that never changes, for nodes that live in a simulation: what it reports must not depend on who runs the test. */
export class SteadyHardware implements Hardware {
  readonly ioPace = 30_000;

  start(): void {}

  sample(): HardwareReading {
    return CALM;
  }

  ioRates(): Promise<IoRates> {
    return Promise.resolve({});
  }
}
