export { AddressInUseError } from './errors/address-in-use.error.js';
export type { AddressReport, SourceReport } from './locator/search-journal.js';
export { AllocatorService, type AllocateOptions } from './allocator/allocator.service.js';
export { ArchiveQueryError } from './errors/archive-query.error.js';
export { AwsSpotNotices, type AwsSpotOptions } from './eviction/aws-spot-notices.js';
export type { AzureInstance, AzureSubnet } from './azure/azure-instance.js';
export { AzureService } from './azure/azure.service.js';
export { BeaconService, type BeaconEndpoint, type BeaconState } from './beacon/beacon.service.js';
export { BEETHOVEN_OPTIONS } from './beethoven.module-definition.js';
export { BeethovenConfigError, type ConfigFault } from './errors/beethoven-config.error.js';
export { BeethovenError } from './errors/beethoven.error.js';
export { BeethovenModule } from './beethoven.module.js';
export type {
  BeethovenOptions,
  ConfiguredRole,
  FailureDetectionOptions,
  SplitBrainOptions,
} from './beethoven.options.js';
export { BeethovenService } from './beethoven.service.js';
export type {
  BuiltInSource,
  DiscoveryContext,
  DiscoverySource,
} from './locator/discovery-source.js';
export type { BusySignal, SignalType } from './protocol/busy-score.js';
export { CallLostError } from './errors/call-lost.error.js';
export { CallTimeoutError } from './errors/call-timeout.error.js';
export { CannotListenError } from './errors/cannot-listen.error.js';
export type { Clock, Timer } from './network/clock.js';
export type { Certificate } from './network/security/certificate-credentials.js';
export type { ClusterNode, MembershipEvent } from './core-server/cluster-node.js';
export { CoreServerService, type NetworkReport } from './core-server/core-server.service.js';
export { DamagedTableError, type Damage } from './errors/damaged-table.error.js';
export { DataDirInUseError } from './errors/data-dir-in-use.error.js';
export { DiscWriteError } from './errors/disc-write.error.js';
export {
  DistrServer,
  HandleCall,
  HandleCast,
  OnTableEvent,
  type DistrServerOptions,
} from './decorators/distr-server.decorator.js';
export {
  DistrServerBase,
  type OnEntry,
  type OnTableCreated,
} from './distr-server/distr-server-base.js';
export {
  DistrServerClient,
  type CallOptions,
  type ServerProxy,
} from './distr-server/distr-server-client.js';
export { DistrServerDefinitionError } from './errors/distr-server-definition.error.js';
export type { DrainReason } from './eviction/drain-reason.js';
export { DuplicateNodeIdError } from './errors/duplicate-node-id.error.js';
export { DuplicateRoleError } from './errors/duplicate-role.error.js';
export type {
  EvictionNotice,
  EvictionNoticeSource,
  EvictionSurroundings,
} from './eviction/eviction-notice.js';
export { generateSecret } from './network/security/secret.js';
export { GooglePreemptionNotices } from './eviction/google-preemption-notices.js';
export type { EventLoopLoad, HardwareSample } from './hw-mon/hardware-sample.js';
export type { HeartbeatCounters } from './heartbeat/heartbeat.js';
export type { DiskIo, NetIo } from './hw-mon/hardware.js';
export { HwMonArchive, type HistoryQuery, type HwMonMetric } from './hw-mon/hw-mon.archive.js';
export { HwMonService } from './hw-mon/hw-mon.service.js';
export { InsecureBindError } from './errors/insecure-bind.error.js';
export { InvalidRangeError } from './errors/invalid-range.error.js';
export { InvalidSignalError } from './errors/invalid-signal.error.js';
export type { Key } from './protocol/tables/row.js';
export { LocatorService, type LocatorPhase } from './locator/locator.service.js';
export { MissingPackageError } from './errors/missing-package.error.js';
export { MailboxFullError } from './errors/mailbox-full.error.js';
export type { MeshCounters } from './network/mesh.js';
export type { MetadataAnswer, MetadataRequest } from './network/metadata.js';
export { NoEligibleNodeError } from './errors/no-eligible-node.error.js';
export { NoQuorumError } from './errors/no-quorum.error.js';
export type { NodeId, PeerCard } from './protocol/terms.js';
export type { NodeScore } from './allocator/ranking.js';
export { NotReadyError } from './errors/not-ready.error.js';
export { OnNodeUpdate } from './decorators/on-node-update.decorator.js';
export { OnRoleUpdate } from './decorators/on-role-update.decorator.js';
export { RangeTooLargeError } from './errors/range-too-large.error.js';
export { ReadyService } from './ready/ready.service.js';
export { RemoteCallError } from './errors/remote-call.error.js';
export { RemoteTables, type RemoteTable, type RemoteTableOptions } from './tables/remote-tables.js';
export { Role, type RoleOptions } from './decorators/role.decorator.js';
export { RoleDefinitionError } from './errors/role-definition.error.js';
export type { RoleEvent } from './role-mgmt/role-event.js';
export type {
  OnRoleStart,
  OnRoleStop,
  RoleContext,
  RoleStopReason,
} from './role-mgmt/role-hooks.js';
export { RoleMgmtService, type LocalRole } from './role-mgmt/role-mgmt.service.js';
export type { RoleStatus } from './role-mgmt/cluster-roles.js';
export type { FoundBeacon, ScanProgress } from './locator/scan.js';
export type { ScheduledEvent } from './azure/scheduled-event.js';
export { ServerNotRunningError } from './errors/server-not-running.error.js';
export { Signal, type SignalOptions } from './decorators/signal.decorator.js';
export {
  SignalAgent,
  type AgentMethods,
  type AgentSignal,
  type AgentSignals,
} from './allocator/signal-agent.js';
export type {
  Bag,
  BagConfig,
  BagTransaction,
  ColumnType,
  KeyRange,
  Rows,
  Table,
  TableConfig,
  TableCreation,
  TableEvent,
  Transaction,
  Where,
} from './tables/table.js';
export { TableCreationError } from './errors/table-creation.error.js';
export type { TableInfo } from './tables/table-info.js';
export { TableNotFoundError } from './errors/table-not-found.error.js';
export { TableSchemaError } from './errors/table-schema.error.js';
export { TableService } from './tables/table.service.js';
export { TableTimeoutError } from './errors/table-timeout.error.js';
export { TablesStoppedError } from './errors/tables-stopped.error.js';
export type { TimedValue } from './hw-mon/time-series.js';
export { TooManySignalsError } from './errors/too-many-signals.error.js';
export { TooManyTransactionsError } from './errors/too-many-transactions.error.js';
export { TransactionConflictError } from './errors/transaction-conflict.error.js';
export { TransactionOverError } from './errors/transaction-over.error.js';
export { TransactionTimeoutError } from './errors/transaction-timeout.error.js';
export { TransactionTooLargeError } from './errors/transaction-too-large.error.js';
