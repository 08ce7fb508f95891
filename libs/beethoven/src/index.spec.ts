import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import * as api from './index.js';
import { withPorts } from './beethoven.ports.js';
import { noDisc } from './network/disc.js';
import { noNames } from './locator/name-lookup.js';
import { noMetadata } from './network/metadata.js';
import { SteadyHardware } from './hw-mon/steady-hardware.js';
import { systemLogDisc } from './storage/system-log-disc.js';
import { SeededRandom } from './testing/seeded-random.js';
import { SimulatedNetwork } from './testing/simulated-network.js';
import { simulatedThreads } from './testing/simulated-thread.js';
import { Timeline } from './testing/timeline.js';

describe('the public API', () => {
  it('is these names and no other', () => {
    expect(Object.keys(api).toSorted()).toMatchInlineSnapshot(`
      [
        "AddressInUseError",
        "AllocatorService",
        "ArchiveQueryError",
        "AwsSpotNotices",
        "AzureService",
        "BEETHOVEN_OPTIONS",
        "BeaconService",
        "BeethovenConfigError",
        "BeethovenError",
        "BeethovenModule",
        "BeethovenService",
        "CallLostError",
        "CallTimeoutError",
        "CannotListenError",
        "CoreServerService",
        "DamagedTableError",
        "DataDirInUseError",
        "DiscWriteError",
        "DistrServer",
        "DistrServerBase",
        "DistrServerClient",
        "DistrServerDefinitionError",
        "DuplicateNodeIdError",
        "DuplicateRoleError",
        "GooglePreemptionNotices",
        "HandleCall",
        "HandleCast",
        "HwMonArchive",
        "HwMonService",
        "InsecureBindError",
        "InvalidRangeError",
        "InvalidSignalError",
        "LocatorService",
        "MailboxFullError",
        "MissingPackageError",
        "NoEligibleNodeError",
        "NoQuorumError",
        "NotReadyError",
        "OnNodeUpdate",
        "OnRoleUpdate",
        "OnTableEvent",
        "RangeTooLargeError",
        "ReadyService",
        "RemoteCallError",
        "RemoteTables",
        "Role",
        "RoleDefinitionError",
        "RoleMgmtService",
        "ServerNotRunningError",
        "Signal",
        "SignalAgent",
        "TableCreationError",
        "TableNotFoundError",
        "TableSchemaError",
        "TableService",
        "TableTimeoutError",
        "TablesStoppedError",
        "TooManySignalsError",
        "TooManyTransactionsError",
        "TransactionConflictError",
        "TransactionOverError",
        "TransactionTimeoutError",
        "TransactionTooLargeError",
        "generateSecret",
      ]
    `);
  });

  it('can be injected, every service of it', async () => {
    const timeline = new Timeline();
    const random = new SeededRandom(1);
    const network = new SimulatedNetwork(timeline, random).process('n1');
    const app = await withPorts(
      {
        clock: network.clock,
        random,
        network: () => network,
        security: () => undefined,
        nameLookup: noNames,
        hardware: new SteadyHardware(),
        startHeartbeatThread: simulatedThreads(network, timeline, random),
        metadata: noMetadata,
        disc: noDisc,
        logDisc: systemLogDisc,
        loadMulticastDns: () => Promise.resolve(network.multicastDns),
        nodeName: 'n1',
      },
      () =>
        Test.createTestingModule({ imports: [api.BeethovenModule.forRoot({})] })
          .compile()
          .then((module) => module.init()),
    );
    for (const service of [
      api.AllocatorService,
      api.AzureService,
      api.BeaconService,
      api.BeethovenService,
      api.CoreServerService,
      api.HwMonArchive,
      api.HwMonService,
      api.LocatorService,
      api.ReadyService,
      api.RoleMgmtService,
      api.TableService,
    ])
      expect(app.get(service)).toBeInstanceOf(service);
    expect(app.get(api.BeethovenService).self.id).toBe('n1@127.0.0.1:33000');
  });
});
