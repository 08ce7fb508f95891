import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import type { ResolvedOptions } from './beethoven.options.js';
import type { StartHeartbeatThread } from './heartbeat/heartbeat-thread.js';
import { startWorkerThread } from './heartbeat/worker-thread.js';
import type { Hardware } from './hw-mon/hardware.js';
import { MachineHardware } from './hw-mon/machine-hardware.js';
import { systemNameLookup, type NameLookup } from './locator/name-lookup.js';
import type { Random } from './protocol/random.js';
import type { Clock } from './network/clock.js';
import { systemDisc, type Disc } from './network/disc.js';
import { httpMetadata } from './network/http-metadata.js';
import type { Metadata } from './network/metadata.js';
import type { LoadMulticastDns } from './network/multicast-dns.js';
import type { Network } from './network/network.js';
import { systemRandom } from './network/random.js';
import type { Credentials } from './network/security/credentials.js';
import { Security } from './network/security/security.js';
import { systemClock } from './network/system-clock.js';
import { TcpNetwork } from './network/tcp-network.js';
import type { LogDisc } from './storage/log-disc.js';
import { systemLogDisc } from './storage/system-log-disc.js';
import { loadMulticastDns } from './network/udp-multicast-dns.js';

/** Everything through which the world reaches a node. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: (
    credentials: Promise<Credentials> | undefined,
    allow: readonly string[],
  ) => Network;
  /** Of this machine's network; others are made of nothing that could be wire-tapped. */
  readonly security: (options: ResolvedOptions) => Security | undefined;
  readonly nameLookup: NameLookup;
  readonly hardware: Hardware;
  readonly startHeartbeatThread: StartHeartbeatThread;
  readonly metadata: Metadata;
  readonly disc: Disc;
  readonly logDisc: LogDisc;
  readonly loadMulticastDns: LoadMulticastDns;
  /** The node's name where the options give none. */
  readonly nodeName: string;
}

const simulated = new AsyncLocalStorage<Ports>();

let starting = 0;

/**
 * Runs the start of an application on other ports than this machine's: how many nodes live in one process, each on its own
 * simulated network card and clock, without a line of the application knowing. Once nobody starts any more, promises need not be
 * followed: that makes each of them dearer in the whole process.
 */
export async function withPorts<T>(ports: Ports, start: () => Promise<T>): Promise<T> {
  starting++;
  try {
    return await simulated.run(ports, start);
  } finally {
    if (--starting === 0) simulated.disable();
  }
}

/** The ports of the application that is being started. */
export function currentPorts(): Ports {
  return simulated.getStore() ?? machinePorts();
}

function machinePorts(): Ports {
  return {
    clock: systemClock,
    random: systemRandom,
    network: (credentials, allow) => new TcpNetwork(credentials, allow),
    security: (options) => Security.of(options),
    nameLookup: systemNameLookup,
    hardware: new MachineHardware(),
    startHeartbeatThread: startWorkerThread,
    metadata: httpMetadata,
    disc: systemDisc,
    logDisc: systemLogDisc,
    loadMulticastDns,
    nodeName: `${hostname()}-${process.pid}`,
  };
}

/** Injection token of the {@link Ports}. */
export const PORTS = Symbol('beethoven:ports');
