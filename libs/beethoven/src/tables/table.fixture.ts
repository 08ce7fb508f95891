import { CoreServerService } from '../core-server/core-server.service.js';
import type { ResolvedOptions } from '../beethoven.options.js';
import { Identity } from '../network/identity.js';
import type { QuorumService } from '../quorum/quorum.service.js';
import { Whereabouts } from '../network/whereabouts.js';
import { Mesh } from '../network/mesh.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedLogDisc } from '../testing/simulated-log-disc.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import type { SimulatedProcess } from '../testing/simulated-process.js';
import { simulatedThreads } from '../testing/simulated-thread.js';
import { Timeline } from '../testing/timeline.js';
import { DiscTables } from '../storage/disc-tables.js';
import type { Table } from './table.js';
import { TableService } from './table.service.js';

const PORT = 33_000;

export interface Counter {
  readonly id: string;
  readonly value: number;
}

/** Nodes with a mesh, a CoreServer and tables on a simulated network, for specs. */
export class TablesWorld {
  readonly timeline = new Timeline();
  readonly network: SimulatedNetwork;
  readonly #random: SeededRandom;
  readonly #discs = new Map<string, SimulatedLogDisc>();
  #hosts = 0;

  constructor(seed = 1) {
    this.#random = new SeededRandom(seed);
    this.network = new SimulatedNetwork(this.timeline, this.#random);
  }

  /** The disc of the machine of that name. */
  disc(name: string): SimulatedLogDisc {
    const disc = this.#discs.get(name) ?? new SimulatedLogDisc(this.#random);
    this.#discs.set(name, disc);
    return disc;
  }

  /** A node that knows nobody yet. */
  async start(
    name: string,
    { open = true, before }: { open?: boolean; before?: (node: TablesNode) => void } = {},
  ): Promise<TablesNode> {
    const address = `10.0.0.${++this.#hosts}`;
    const process = this.network.process(name, [address]);
    const { clock } = process;
    const identity = new Identity();
    const options = {
      clusterName: 'shop',
      dataDir: '/data',
      clusterNet: '10.0.0.0',
      clusterNetMask: 16,
      allow: [],
      failureDetection: {
        heartbeat: 'main',
        probeInterval: 500,
        probeTimeout: 200,
        indirectProbes: 3,
        suspicionMultiplier: 1,
      },
    } as unknown as ResolvedOptions;
    const whereabouts = new Whereabouts(options, clock);
    const mesh = new Mesh(clock, process, options, identity, whereabouts);
    const coreServer = new CoreServerService(
      clock,
      this.#random,
      options,
      mesh,
      identity,
      simulatedThreads(process, this.timeline, this.#random),
      whereabouts,
    );
    const quorum = { hasQuorum: true } as QuorumService;
    const disc = new DiscTables(options, this.disc(name).for(clock), clock);
    const tables = new TableService(clock, this.#random, mesh, identity, coreServer, quorum, disc);
    const node = new TablesNode(process, address, mesh, identity, coreServer, tables);
    if (open) node.open();
    before?.(node);
    await process.listen(address, PORT, (connection) => mesh.accept(connection));
    identity.assume({ name, address, port: PORT }, clock.now(), {});
    mesh.open();
    coreServer.start();
    tables.start();
    return node;
  }

  /** So many nodes that know each other, the eldest first. */
  async cluster(size: number): Promise<TablesNode[]> {
    const nodes: TablesNode[] = [];
    for (let i = 0; i < size; i++) {
      // oxlint-disable-next-line no-await-in-loop -- the eldest first
      const node = await this.start(String.fromCharCode(97 + i));
      nodes.push(node);
      if (nodes[0] !== undefined && i > 0) node.seek(nodes[0]);
      // oxlint-disable-next-line no-await-in-loop
      await this.timeline.advance(20);
    }
    await this.timeline.advance(100);
    return nodes;
  }

  /** The value of a promise that settles in virtual time. */
  async outcome<T>(promise: Promise<T>, limit = 10_000): Promise<T> {
    let settled = false;
    const settle = (): void => void (settled = true);
    promise.then(settle, settle);
    if (!(await this.timeline.until(() => settled, limit)))
      throw new Error(`no end in ${limit} ms`);
    return promise;
  }
}

export class TablesNode {
  constructor(
    readonly process: SimulatedProcess,
    readonly address: string,
    readonly mesh: Mesh,
    readonly identity: Identity,
    readonly coreServer: CoreServerService,
    readonly tables: TableService,
  ) {}

  open(): Table<Counter> {
    return this.tables.open<Counter>({ name: 'counters', key: 'id', columns: ['id', 'value'] });
  }

  get counters(): Table<Counter> {
    return this.open();
  }

  seek(other: TablesNode): void {
    void this.mesh.connect(other.address, PORT);
  }

  rows(): Counter[] {
    return [...this.counters.rows()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** One more, in a transaction. */
  increment(id = 'n'): Promise<number> {
    return this.counters.transaction((tx) => {
      const value = (tx.get(id)?.value ?? 0) + 1;
      tx.put({ id, value });
      return value;
    });
  }
}
