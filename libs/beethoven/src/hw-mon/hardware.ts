import type { Millis } from '../protocol/terms.js';

/** What went through the machine's disks (bytes/s). */
export interface DiskIo {
  readonly read: number;
  readonly written: number;
}

/** What went through the network interfaces, loopback excluded (bytes/s). */
export interface NetIo {
  readonly received: number;
  readonly sent: number;
}

/** Mean rates since the reading before. What the platform does not tell is absent. */
export interface IoRates {
  readonly diskIo?: DiskIo;
  readonly netIo?: NetIo;
}

/** One look at the machine. */
export interface HardwareReading {
  /** How busy the CPUs are that this process may use, in per cent (0 to 100), since the reading before. */
  readonly cpu: number;
  /** How many CPUs this process may use; a container's quota makes it a fraction. */
  readonly coreCount: number;
  /** The memory that this process may use (bytes): the machine's, or the container's where that is less. */
  readonly totalRam: number;
  /** What is left of it (bytes). A page cache that the kernel can drop counts as left. */
  readonly availableRam: number;
  /** The part of the time in which this process's event loop was busy, 0 to 1, since the reading before. */
  readonly utilisation: number;
}

/** The port through which the machine's own condition comes in. */
export interface Hardware {
  /** From here on the first reading counts. */
  start(): void;
  /** Quick: it runs on the event loop, once an interval. */
  sample(): HardwareReading;
  /** Slow, and never on the event loop. The first call begins the count and gives no rates. */
  ioRates(): Promise<IoRates>;
  /** The time to leave between two calls of {@link ioRates}. */
  readonly ioPace: Millis;
}

/** Injection token of the {@link Hardware}. */
export const HARDWARE = Symbol('beethoven:hardware');
