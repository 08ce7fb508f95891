import { Global, Module, type DynamicModule } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import {
  BeethovenModule,
  CoreServerService,
  TableService,
} from '../../libs/beethoven/src/index.js';
import { SPOKEN_VERSIONS } from '../../libs/beethoven/src/network/mesh.js';
import { SimulatedCluster } from '../../libs/beethoven/src/testing/index.js';

@Global()
@Module({})
class VersionModule {}

class Job {
  onRoleStart(): void {}
}

/** An application of a release that speaks these versions of the protocol. */
function release(lowest: number, highest: number): DynamicModule {
  return {
    module: VersionModule,
    imports: [
      BeethovenModule.forRoot({
        clusterNetMask: 28,
        roles: [{ name: 'job', role: Job, instances: 1 }],
      }),
    ],
    providers: [Job, { provide: SPOKEN_VERSIONS, useValue: [lowest, highest] }],
    exports: [SPOKEN_VERSIONS],
  };
}

let cluster: SimulatedCluster | undefined;
afterEach(async () => cluster?.close());

const notes = { name: 'notes', key: 'id', columns: ['id'] } as const;

describe('nodes of an older and of a newer release', () => {
  it('are one cluster where their versions meet, through a whole rolling upgrade', async () => {
    cluster = await SimulatedCluster.create({ nodes: 3, module: release(1, 1) });
    cluster.app('n1').get(TableService).open<{ id: string }>(notes).put({ id: 'kept' });
    for (const name of ['n2', 'n3', 'n1']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await cluster.terminate(name);
      cluster.restart(name, { module: release(1, 2) });
      // oxlint-disable-next-line no-await-in-loop
      await cluster.settled();
      for (const { live } of cluster.report()) expect(live).toHaveLength(3);
      expect(cluster.holders('job')).toHaveLength(1);
      for (const node of cluster.nodes) cluster.app(node).get(TableService).open(notes);
      // oxlint-disable-next-line no-await-in-loop
      await cluster.settled();
      for (const node of cluster.nodes)
        expect(cluster.app(node).get(TableService).find('notes')?.size).toBe(1);
      for (const node of cluster.nodes)
        expect(cluster.app(node).get(CoreServerService).report().refusals['version']).toBe(
          undefined,
        );
    }
  });

  it('stay apart where they do not, and both say so', async () => {
    cluster = await SimulatedCluster.create({
      nodes: [{ module: release(1, 2) }, { module: release(3, 4) }],
      module: release(1, 1),
    });
    for (const name of ['n1', 'n2']) {
      const coreServer = cluster.app(name).get(CoreServerService);
      expect(coreServer.mode()).toBe('standalone');
      expect(coreServer.report().refusals).toEqual({ version: expect.any(Number) });
    }
  });
});
