import { Module, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AllocatorService } from './allocator/allocator.service.js';
import { AZURE_DETECTION, azureSettings, detection } from './azure/azure-settings.js';
import { AzureNotices } from './azure/azure-notices.js';
import { AzureService } from './azure/azure.service.js';
import type { Detection } from './azure/detect-azure.js';
import { BeaconService } from './beacon/beacon.service.js';
import { BeethovenLifecycle } from './beethoven.lifecycle.js';
import { BEETHOVEN_OPTIONS, ConfigurableModuleClass } from './beethoven.module-definition.js';
import {
  RESOLVED_OPTIONS,
  type BeethovenOptions,
  type ResolvedOptions,
} from './beethoven.options.js';
import { resolveOptions } from './beethoven.options.schema.js';
import { PORTS, currentPorts, type Ports } from './beethoven.ports.js';
import { BeethovenService } from './beethoven.service.js';
import { SignalIngress } from './allocator/signal-ingress.js';
import { SignalMethods } from './allocator/signal-methods.js';
import { CoreServerService } from './core-server/core-server.service.js';
import { NodeUpdateNotifier } from './core-server/node-update.notifier.js';
import { MethodExplorer } from './discovery/method.explorer.js';
import { RoleExplorer } from './discovery/role.explorer.js';
import { SignalExplorer } from './discovery/signal.explorer.js';
import { DistrServerExplorer } from './discovery/distr-server.explorer.js';
import { DistrServerClient } from './distr-server/distr-server-client.js';
import { DistrServerHost } from './distr-server/distr-server-host.js';
import { EvictionService } from './eviction/eviction.service.js';
import { HARDWARE } from './hw-mon/hardware.js';
import { HwMonArchive } from './hw-mon/hw-mon.archive.js';
import { HwMonService } from './hw-mon/hw-mon.service.js';
import { LocatorService } from './locator/locator.service.js';
import { NAME_LOOKUP } from './locator/name-lookup.js';
import { HEARTBEAT_THREAD, withBeatKeys } from './heartbeat/heartbeat-thread.js';
import { Calls } from './network/calls.js';
import { CLOCK } from './network/clock.js';
import { Identity } from './network/identity.js';
import { Mesh } from './network/mesh.js';
import { DISC } from './network/disc.js';
import { METADATA } from './network/metadata.js';
import { MULTICAST_DNS } from './network/multicast-dns.js';
import { NETWORK } from './network/network.js';
import { RANDOM } from './network/random.js';
import { SECURITY, type Security } from './network/security/security.js';
import { Whereabouts } from './network/whereabouts.js';
import { QuorumService } from './quorum/quorum.service.js';
import { ReadyService } from './ready/ready.service.js';
import { Understudy } from './role-mgmt/rehearsal.js';
import { RoleMgmtService } from './role-mgmt/role-mgmt.service.js';
import { RoleUpdateNotifier } from './role-mgmt/role-update.notifier.js';
import { DiscTables } from './storage/disc-tables.js';
import { LOG_DISC } from './storage/log-disc.js';
import { RemoteTables } from './tables/remote-tables.js';
import { TableService } from './tables/table.service.js';

const ports: Provider[] = [
  { provide: PORTS, useFactory: currentPorts },
  { provide: CLOCK, inject: [PORTS], useFactory: ({ clock }: Ports) => clock },
  { provide: RANDOM, inject: [PORTS], useFactory: ({ random }: Ports) => random },
  { provide: NAME_LOOKUP, inject: [PORTS], useFactory: ({ nameLookup }: Ports) => nameLookup },
  { provide: HARDWARE, inject: [PORTS], useFactory: ({ hardware }: Ports) => hardware },
  { provide: DISC, inject: [PORTS], useFactory: ({ disc }: Ports) => disc },
  { provide: LOG_DISC, inject: [PORTS], useFactory: ({ logDisc }: Ports) => logDisc },
  { provide: METADATA, inject: [PORTS], useFactory: ({ metadata }: Ports) => metadata },
];

/** The options as they were given and checked, before Azure completes them. */
const CHECKED_OPTIONS = Symbol('beethoven:checked-options');

const options: Provider[] = [
  {
    provide: CHECKED_OPTIONS,
    inject: [BEETHOVEN_OPTIONS, PORTS],
    useFactory: (given: BeethovenOptions, { nodeName }: Ports) => resolveOptions(given, nodeName),
  },
  {
    provide: SECURITY,
    inject: [CHECKED_OPTIONS, PORTS],
    useFactory: (checked: ResolvedOptions, { security }: Ports) => security(checked),
  },
  {
    provide: NETWORK,
    inject: [CHECKED_OPTIONS, PORTS, SECURITY],
    useFactory: ({ allow }: ResolvedOptions, { network }: Ports, security?: Security) =>
      network(security?.credentials, allow),
  },
  {
    provide: HEARTBEAT_THREAD,
    inject: [PORTS, SECURITY],
    useFactory: ({ startHeartbeatThread }: Ports, security?: Security) =>
      security === undefined ? startHeartbeatThread : withBeatKeys(startHeartbeatThread, security),
  },
  {
    provide: AZURE_DETECTION,
    inject: [CHECKED_OPTIONS, PORTS],
    useFactory: (checked: ResolvedOptions, { metadata, clock }: Ports) =>
      detection(checked, metadata, clock),
  },
  {
    provide: RESOLVED_OPTIONS,
    inject: [CHECKED_OPTIONS, AZURE_DETECTION],
    useFactory: (checked: ResolvedOptions, found: Detection) => azureSettings(checked, found),
  },
  {
    provide: MULTICAST_DNS,
    inject: [CHECKED_OPTIONS, PORTS],
    useFactory: async ({ discovery }: ResolvedOptions, { loadMulticastDns }: Ports) =>
      discovery.includes('multicast-dns') ? loadMulticastDns() : undefined,
  },
];

const services = [
  AllocatorService,
  AzureService,
  BeaconService,
  BeethovenService,
  CoreServerService,
  DistrServerClient,
  DistrServerHost,
  HwMonArchive,
  HwMonService,
  LocatorService,
  ReadyService,
  RemoteTables,
  RoleMgmtService,
  TableService,
];

/**
 * Makes copies of one application a cluster.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [BeethovenModule.forRoot({ clusterName: 'shop' })],
 *   providers: [ReportsRole],
 * })
 * export class AppModule {}
 * ```
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    ...ports,
    ...options,
    ...services,
    AzureNotices,
    BeethovenLifecycle,
    Calls,
    DiscTables,
    DistrServerExplorer,
    EvictionService,
    Identity,
    Mesh,
    MethodExplorer,
    NodeUpdateNotifier,
    QuorumService,
    RoleExplorer,
    RoleUpdateNotifier,
    SignalExplorer,
    SignalIngress,
    SignalMethods,
    Understudy,
    Whereabouts,
  ],
  exports: services,
})
export class BeethovenModule extends ConfigurableModuleClass {}
