import type { Systeminformation } from 'systeminformation';
import type { IoCounters } from './io-counters.js';

/** The part of `systeminformation` that is used. */
export interface SystemIoCalls {
  /** Gives nothing on platforms that do not tell, Windows for one. */
  fsStats(): Promise<Systeminformation.FsStatsData | null>;
  /** The interface of the default route. */
  networkStats(): Promise<Systeminformation.NetworkStatsData[]>;
}

export async function readSystemIo(system: SystemIoCalls): Promise<IoCounters> {
  const [disk, [net]] = await Promise.all([system.fsStats(), system.networkStats()]);
  return {
    disk: disk ? { read: disk.rx, written: disk.wx } : undefined,
    net: net ? { received: net.rx_bytes, sent: net.tx_bytes } : undefined,
  };
}
