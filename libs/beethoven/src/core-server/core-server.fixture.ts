import type { ResolvedOptions } from '../beethoven.options.js';
import { Identity } from '../network/identity.js';
import { Whereabouts } from '../network/whereabouts.js';
import { Mesh } from '../network/mesh.js';
import { parseNodeId, type NodeId } from '../protocol/terms.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedNetwork } from '../testing/simulated-network.js';
import type { SimulatedProcess } from '../testing/simulated-process.js';
import { simulatedThreads } from '../testing/simulated-thread.js';
import { Timeline } from '../testing/timeline.js';
import type { MembershipEvent } from './cluster-node.js';
import { CoreServerService } from './core-server.service.js';

const PORT = 33_000;

/** Nodes on a simulated network that have a mesh and a CoreServer, and nothing else, for specs. */
export class CoreWorld {
  readonly timeline = new Timeline();
  readonly network: SimulatedNetwork;
  readonly #random: SeededRandom;
  #hosts = 0;

  constructor(
    seed = 1,
    private readonly heartbeat: 'worker' | 'main' = 'main',
  ) {
    this.#random = new SeededRandom(seed);
    this.network = new SimulatedNetwork(this.timeline, this.#random);
  }

  /** A node that knows nobody yet. With the `address` of one that has crashed it is the same node in another life. */
  async start(name: string, { address = `10.0.0.${++this.#hosts}` } = {}): Promise<CoreNode> {
    const process = this.network.process(name, [address]);
    const { clock } = process;
    const identity = new Identity();
    const options = {
      clusterName: 'shop',
      clusterNet: '10.0.0.0',
      clusterNetMask: 16,
      allow: [],
      failureDetection: {
        probeInterval: 250,
        probeTimeout: 150,
        indirectProbes: 3,
        suspicionMultiplier: 2,
        heartbeat: this.heartbeat,
        stallTimeout: 10_000,
      },
    } as unknown as ResolvedOptions;
    const whereabouts = new Whereabouts(options, clock);
    const mesh = new Mesh(clock, process, options, identity, whereabouts);
    const service = new CoreServerService(
      clock,
      this.#random,
      options,
      mesh,
      identity,
      simulatedThreads(process, this.timeline, this.#random),
      whereabouts,
    );
    await process.listen(address, PORT, (connection) => mesh.accept(connection));
    identity.assume({ name, address, port: PORT }, clock.now(), { zone: address });
    mesh.open();
    const node = new CoreNode(process, identity, mesh, service);
    service.start();
    return node;
  }

  /** So many nodes, `a` and on, of which each has found the first. */
  async cluster(size: number): Promise<CoreNode[]> {
    const nodes: CoreNode[] = [];
    for (let i = 0; i < size; i++) {
      // oxlint-disable-next-line no-await-in-loop -- the eldest first
      nodes.push(await this.start(String.fromCharCode(97 + i)));
      // oxlint-disable-next-line no-await-in-loop
      await this.timeline.advance(10);
    }
    for (const node of nodes.slice(1)) node.seek(nodes[0]?.id);
    await this.timeline.advance(100);
    return nodes;
  }

  crash(node: CoreNode): void {
    this.network.crash(node.process);
  }
}

export class CoreNode {
  readonly events: MembershipEvent[] = [];

  constructor(
    readonly process: SimulatedProcess,
    readonly identity: Identity,
    readonly mesh: Mesh,
    readonly service: CoreServerService,
  ) {
    service.membership$.subscribe((event) => this.events.push(event));
  }

  get id(): NodeId {
    return this.identity.id;
  }

  /** `joined b`, `down c` and so on. */
  get story(): string[] {
    return this.events.map(({ type, node }) => `${type} ${node.name}`);
  }

  get view(): string[] {
    return this.service.nodes().map(({ name }) => name);
  }

  /** What the Locator does. */
  seek(id: NodeId | undefined): void {
    const { address, port } = parseNodeId(id ?? '') ?? { address: '', port: 0 };
    void this.mesh.connect(address, port);
  }
}
