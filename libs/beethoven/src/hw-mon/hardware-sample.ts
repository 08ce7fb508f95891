import * as v from 'valibot';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { DiskIo, HardwareReading, NetIo } from './hardware.js';

/** How the event loop of a node fared. */
export interface EventLoopLoad {
  /** The part of the time in which it was busy, 0 to 1. */
  readonly utilisation: number;
  /** How long the timer of this sample had to wait (ms): a look at the loop that wakes nobody. A wait below 10 ms counts as 0. */
  readonly delay: Millis;
}

/** The condition of one node. */
export interface HardwareSample {
  readonly node: NodeId;
  /** How busy the CPUs are that the node's process may use, in per cent (0 to 100), since the sample before. */
  readonly cpu: number;
  /** Memory in use, in per cent (0 to 100) of what the process may use; a page cache that can be dropped is not in use. */
  readonly ram: number;
  /** How many CPUs the process may use; a container's quota makes it a fraction. */
  readonly coreCount: number;
  /** What is left of them, in per cent of one CPU: 150 is one and a half idle CPUs. */
  readonly availableCpu: number;
  /** Memory that the process may still take (MB of 10^6 bytes). */
  readonly availableRamMb: number;
  /** Memory that the process may use in all (MB of 10^6 bytes). */
  readonly totalRamMb: number;
  readonly eventLoop: EventLoopLoad;
  /** Mean rates of the machine's disks over the last half minute or more (bytes/s); absent where the platform does not tell. */
  readonly diskIo?: DiskIo;
  /** Mean rates of the network interfaces, in the same way. */
  readonly netIo?: NetIo;
  /** When it was taken, on the node's own clock (ms since the epoch). */
  readonly at: Millis;
}

/** What a reading says of a node, in the units of a sample. */
export function loadOf(
  reading: HardwareReading,
): Omit<HardwareSample, 'node' | 'eventLoop' | 'diskIo' | 'netIo' | 'at'> {
  const { cpu, coreCount, totalRam, availableRam } = reading;
  return {
    cpu,
    ram: totalRam > 0 ? 100 * (1 - availableRam / totalRam) : 0,
    coreCount,
    availableCpu: coreCount * (100 - cpu),
    availableRamMb: availableRam / 1e6,
    totalRamMb: totalRam / 1e6,
  };
}

const figure = v.pipe(v.number(), v.finite(), v.minValue(0));
const percentage = v.pipe(figure, v.maxValue(100));

const shape = v.object({
  node: v.string(),
  cpu: percentage,
  ram: percentage,
  coreCount: figure,
  availableCpu: figure,
  availableRamMb: figure,
  totalRamMb: figure,
  eventLoop: v.object({ utilisation: v.pipe(figure, v.maxValue(1)), delay: figure }),
  diskIo: v.optional(v.object({ read: figure, written: figure })),
  netIo: v.optional(v.object({ received: figure, sent: figure })),
  at: figure,
});

/** Whether what another node told is a sample. */
export function isHardwareSample(row: unknown): row is HardwareSample {
  return v.is(shape, row);
}
