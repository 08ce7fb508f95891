import type { Millis } from '../protocol/terms.js';
import type { IoRates } from './hardware.js';

/** Bytes since some start; what the platform does not tell is absent. */
export interface IoCounters {
  readonly disk?: { readonly read: number; readonly written: number } | undefined;
  readonly net?: { readonly received: number; readonly sent: number } | undefined;
}

/** Where the counters come from. */
export interface IoSource {
  /** The time to leave between two readings: what they cost decides. */
  readonly pace: Millis;
  read(): Promise<IoCounters>;
}

/** The rates between two readings, `span` apart. */
export function ioRates(before: IoCounters, after: IoCounters, span: Millis): IoRates {
  const rate = (from: number, to: number): number => ((to - from) / span) * 1_000;
  const { disk, net } = after;
  const diskIo = disk &&
    before.disk && {
      read: rate(before.disk.read, disk.read),
      written: rate(before.disk.written, disk.written),
    };
  const netIo = net &&
    before.net && {
      received: rate(before.net.received, net.received),
      sent: rate(before.net.sent, net.sent),
    };
  return {
    ...(diskIo && sound(diskIo.read, diskIo.written) && { diskIo }),
    ...(netIo && sound(netIo.received, netIo.sent) && { netIo }),
  };
}

/** A counter that ran backwards belongs to a device that was taken away: no figure is better than a wrong one. */
function sound(...rates: number[]): boolean {
  return rates.every((rate) => Number.isFinite(rate) && rate >= 0);
}
