import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CoreServerService } from '../core-server/core-server.service.js';
import { withPorts } from '../beethoven.ports.js';
import { noMetadata } from '../network/metadata.js';
import { SteadyHardware } from '../hw-mon/steady-hardware.js';
import { parseNodeId, type Millis, type NodeId } from '../protocol/terms.js';
import { RoleMgmtService } from '../role-mgmt/role-mgmt.service.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatedNetwork } from './simulated-network.js';
import type { SimulatedProcess } from './simulated-process.js';
import { Timeline } from './timeline.js';
import type { Cut } from './cuts.js';
import type { Degradation } from './degradation.js';

export interface SimulatedClusterOptions {
  /** How many nodes are started, all at the same moment. Give the module a `clusterNet` with room for them. */
  readonly nodes: number;
  /** The application of every node. */
  readonly module: Type | DynamicModule;
  /**
   * Decides everything that chance decides. The same seed gives the same run.
   * @default 1
   */
  readonly seed?: number;
}

/** Some links of the network, by direction. */
export interface Links {
  readonly from?: NodeId | readonly NodeId[];
  readonly to?: NodeId | readonly NodeId[];
}

/** One node of the simulation: its process, and its application in the life that it has now. */
interface Actor {
  readonly name: string;
  process: SimulatedProcess;
  app: INestApplicationContext | undefined;
  state: 'starting' | 'running' | 'ended';
}

/** A cluster is quiet once nothing that a node sees has changed for this long (virtual ms): longer than a suspicion lasts. */
const QUIET: Millis = 5_000;

/**
 * Whole Nest applications in one process, on a simulated network and in virtual time: minutes of failures pass in the time that
 * their events take.
 *
 * Nodes are named `n1`, `n2` … Wherever a node is asked for, its name or its id will do.
 *
 * @example
 * ```ts
 * const cluster = await SimulatedCluster.create({ nodes: 3, module: AppModule, seed: 42 });
 * const [holder] = cluster.holders('mail');
 * cluster.crash(holder);
 * await cluster.settled();
 * expect(cluster.holders('mail')).toHaveLength(1);
 * ```
 */
export class SimulatedCluster {
  readonly #timeline = new Timeline();
  readonly #random: SeededRandom;
  readonly #network: SimulatedNetwork;
  readonly #actors = new Map<string, Actor>();

  private constructor(
    readonly seed: number,
    private readonly module: Type | DynamicModule,
  ) {
    this.#random = new SeededRandom(seed);
    this.#network = new SimulatedNetwork(this.#timeline, this.#random);
  }

  /** Starts the nodes and lets time pass until they have found each other and their roles run. */
  static async create({
    nodes,
    module,
    seed = 1,
  }: SimulatedClusterOptions): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster(seed, module);
    for (let i = 1; i <= nodes; i++) cluster.begin(`n${i}`);
    await cluster.settled();
    return cluster;
  }

  /** Virtual milliseconds since the epoch. */
  get now(): Millis {
    return this.#timeline.now;
  }

  /** The ids of the nodes that run, paused ones included. */
  get nodes(): NodeId[] {
    return this.running().map(({ app }) => app.get(CoreServerService).self.id);
  }

  /** Lets virtual time pass. */
  advance(ms: Millis): Promise<void> {
    return this.#timeline.advance(ms);
  }

  /** Lets time pass until the condition holds; rejects after `limit` virtual milliseconds. */
  async until(condition: () => boolean, limit: Millis = 60_000): Promise<void> {
    if (!(await this.#timeline.until(condition, limit)))
      throw new Error(`Not reached in ${limit} virtual ms (seed ${this.seed}).`);
  }

  /** Lets time pass until nothing has changed for five seconds; rejects after `limit` virtual milliseconds. */
  async settled(limit: Millis = 120_000): Promise<void> {
    const end = this.now + limit;
    let seen = this.fingerprint();
    let since = this.now;
    while (this.now - since < QUIET || this.starting().length > 0) {
      if (this.now > end)
        throw new Error(`Not settled in ${limit} virtual ms (seed ${this.seed}).`);
      await this.advance(100);
      const now = this.fingerprint();
      if (now !== seen) since = this.now;
      seen = now;
    }
  }

  /** The application of a node, to get any of its providers. */
  app(node: NodeId): INestApplicationContext {
    const { app } = this.actor(node);
    if (app === undefined) throw new Error(`${node} has not started.`);
    return app;
  }

  /** kill -9: no goodbye, its connections end, its timers never fire. */
  crash(node: NodeId): void {
    const actor = this.actor(node);
    actor.state = 'ended';
    this.#network.crash(actor.process);
  }

  /** SIGTERM: Nest's shutdown hooks run; resolves when the process would have ended. */
  async terminate(node: NodeId): Promise<void> {
    let done = false;
    const closed = this.app(node)
      .close()
      .finally(() => (done = true));
    await this.until(() => done);
    await closed;
    this.crash(node);
  }

  /** Starts a node again that has crashed or ended: a new process and a new application under the old name. */
  restart(node: NodeId): void {
    const actor = this.actor(node);
    if (actor.state !== 'ended') this.crash(node);
    this.begin(actor.name);
  }

  /** Starts one more node; gives its name. */
  start(): string {
    const name = `n${this.#actors.size + 1}`;
    this.begin(name);
    return name;
  }

  /**
   * Stalls a node as a blocked event loop does, for `ms`, or until `resume()`: its timers pile up, and what arrives waits. When it
   * wakes, late timers fire first.
   */
  pause(node: NodeId, ms?: Millis): void {
    const { process } = this.actor(node);
    this.#network.pause(process);
    if (ms !== undefined) this.#timeline.schedule(ms, () => this.#network.resume(process));
  }

  /** Ends a stall. */
  resume(node: NodeId): void {
    this.#network.resume(this.actor(node).process);
  }

  /**
   * Cuts the network between the groups, both ways, as a black hole does. Nodes in no group see everyone: a bridge. Partitions may
   * overlap; each ends with its own `heal()`, or all with the cluster's. They outlive the crash and restart of a node.
   */
  partition(...groups: readonly (readonly NodeId[])[]): Cut {
    const processes = groups.map((group) => this.processes(group));
    const cuts = processes.flatMap((these, i) =>
      processes.slice(i + 1).map((those) => this.#network.partition(these, those)),
    );
    return { heal: () => cuts.forEach((cut) => cut.heal()) };
  }

  /** Cuts both ways between a node and all others, those too that are yet to start. */
  isolate(node: NodeId): Cut {
    return this.#network.isolate(this.actor(node).process);
  }

  /** Cuts one way only: nothing that `from` sends arrives at `to`. */
  block(from: NodeId | readonly NodeId[], to: NodeId | readonly NodeId[]): Cut {
    const others = this.processes(to);
    const cuts = this.processes(from).flatMap((one) =>
      others.map((other) => this.#network.block(one, other)),
    );
    return { heal: () => cuts.forEach((cut) => cut.heal()) };
  }

  /** Ends every cut. Bad weather stays. */
  heal(): void {
    this.#network.heal();
  }

  /**
   * Makes the whole network worse, or only the links from some nodes to some nodes (left out: all that there are). The last word
   * counts. `{}` makes it good again; for the whole network, that of each link too.
   */
  degrade(degradation: Degradation, { from, to }: Links = {}): void {
    const these = from === undefined ? undefined : this.processes(from);
    const those = to === undefined ? undefined : this.processes(to);
    this.#network.degrade(degradation, these, those);
  }

  /** The nodes on which the role really runs now, paused ones included. */
  holders(role: string): NodeId[] {
    return this.activations(role).map(({ node }) => node);
  }

  /** The highest epoch under which the role runs; 0 where it runs nowhere. */
  epoch(role: string): number {
    return Math.max(0, ...this.activations(role).map(({ epoch }) => epoch));
  }

  /** What every running node sees: for a test that says why it failed, and for comparing runs. */
  report(): { node: NodeId; live: readonly NodeId[]; roles: unknown; running: unknown }[] {
    return this.running().map(({ app }) => ({
      node: app.get(CoreServerService).self.id,
      live: app
        .get(CoreServerService)
        .nodes()
        .map(({ id, status }) => (status === 'alive' ? id : `${id} (${status})`))
        .toSorted(),
      roles: app.get(RoleMgmtService).roles(),
      running: app.get(RoleMgmtService).local(),
    }));
  }

  private begin(name: string): void {
    const process = this.#network.process(name);
    const actor: Actor = { name, process, app: undefined, state: 'starting' };
    this.#actors.set(name, actor);
    const ports = {
      clock: process.clock,
      network: process,
      // A simulated network has no name server: every name is unknown.
      nameLookup: () => Promise.resolve([]),
      hardware: new SteadyHardware(),
      metadata: noMetadata,
      random: this.#random,
      nodeName: name,
    };
    void withPorts(ports, () =>
      NestFactory.createApplicationContext(this.module, { logger: false, abortOnError: false }),
    ).then(
      (app) => {
        if (actor.state !== 'starting') return;
        actor.app = app;
        actor.state = 'running';
      },
      (error: Error) => {
        // Comes out of the advance() that is going on, as the process would have died of it.
        this.#timeline.schedule(0, () => {
          throw error;
        });
      },
    );
  }

  private activations(role: string) {
    return this.running().flatMap(({ app }) =>
      app
        .get(RoleMgmtService)
        .local()
        .filter((local) => local.role === role)
        .map(({ epoch }) => ({ node: app.get(CoreServerService).self.id, epoch })),
    );
  }

  private processes(nodes: NodeId | readonly NodeId[]): SimulatedProcess[] {
    return [nodes].flat().map((node) => this.actor(node).process);
  }

  private actor(node: NodeId): Actor {
    const name = parseNodeId(node)?.name ?? node;
    const actor = this.#actors.get(name);
    if (actor === undefined)
      throw new Error(
        `No node is called ${name}; there are ${[...this.#actors.keys()].join(', ')}.`,
      );
    return actor;
  }

  private running(): (Actor & { app: INestApplicationContext })[] {
    return [...this.#actors.values()].filter(
      (actor): actor is Actor & { app: INestApplicationContext } =>
        actor.state === 'running' && actor.app !== undefined,
    );
  }

  private starting(): Actor[] {
    return [...this.#actors.values()].filter(({ state }) => state === 'starting');
  }

  private fingerprint(): string {
    return JSON.stringify(this.report());
  }
}
