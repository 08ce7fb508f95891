import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { CoreServerService } from '../core-server/core-server.service.js';
import { AlreadyAdvancingError } from '../errors/already-advancing.error.js';
import { NodeNotRunningError } from '../errors/node-not-running.error.js';
import { NotReachedError } from '../errors/not-reached.error.js';
import { SimulationClosedError } from '../errors/simulation-closed.error.js';
import { UnknownNodeError } from '../errors/unknown-node.error.js';
import { parseNodeId, type Millis, type NodeId } from '../protocol/terms.js';
import { allOf, type Cut } from './cuts.js';
import type { Degradation } from './degradation.js';
import { activations, idOf, reportOf, viewOf, type NodeReport } from './observations.js';
import type { ClockFault } from './quartz.js';
import { SeededRandom } from './seeded-random.js';
import type { LostAnswer } from './simulated-connection.js';
import { SimulatedNetwork } from './simulated-network.js';
import { SimulatedNode, type SimulatedNodeOptions, type Surroundings } from './simulated-node.js';
import type { SimulatedProcess } from './simulated-process.js';
import { Stranger } from './stranger.js';
import { swizzle } from './swizzle.js';
import { Timeline } from './timeline.js';

export interface SimulatedClusterOptions {
  /**
   * How many nodes are started, or what is special about each; all at the same moment. Give the module a `clusterNet` with room for
   * them. 0: `start()` them one by one.
   */
  readonly nodes: number | readonly SimulatedNodeOptions[];
  /** The application of every node. */
  readonly module: Type | DynamicModule;
  /**
   * Decides everything that chance decides: any 32-bit whole number. The same seed gives the same run.
   * @default 1
   */
  readonly seed?: number;
  /**
   * Is told, in a line each, what happens when: faults, starts, packets. To find where two runs part; left out, it costs nothing.
   */
  readonly trace?: (line: string) => void;
}

/** Some links of the network, by direction; left out: from, or to, every node that there is. */
export interface Links {
  readonly from?: NodeId | readonly NodeId[];
  readonly to?: NodeId | readonly NodeId[];
}

/** A cluster is quiet once nothing that a node sees has changed for this long (virtual ms): longer than a suspicion lasts. */
const QUIET: Millis = 5_000;
/** What nodes get to shut down in before they are killed (virtual ms). */
const SHUTDOWN: Millis = 60_000;

/**
 * Whole Nest applications in one process, on a simulated network and in virtual time: minutes of failures pass in the time that
 * their events take. Needs no fake timers, and no particular test runner.
 *
 * Nodes are named `n1`, `n2` … Wherever a node is asked for, its name or its id will do.
 *
 * @example
 * ```ts
 * await using cluster = await SimulatedCluster.create({ nodes: 3, module: AppModule, seed: 42 });
 * const [holder] = cluster.holders('mail');
 * cluster.crash(holder);
 * await cluster.settled();
 * expect(cluster.holders('mail')).toHaveLength(1);
 * ```
 */
export class SimulatedCluster {
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #network: SimulatedNetwork;
  readonly #surroundings: Surroundings;
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #swizzles = new Set<Cut>();
  #stranger: Stranger | undefined;
  #closed = false;

  private constructor(
    readonly seed: number,
    private readonly module: Type | DynamicModule,
    trace: ((line: string) => void) | undefined,
  ) {
    this.#timeline = new Timeline(trace);
    this.#random = new SeededRandom(seed);
    this.#network = new SimulatedNetwork(this.#timeline, this.#random);
    this.#surroundings = {
      timeline: this.#timeline,
      network: this.#network,
      random: this.#random,
    };
  }

  /** Starts the nodes and lets time pass until they have found each other and their roles run. */
  static async create(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
    const { nodes, module, seed = 1, trace } = options;
    const cluster = new SimulatedCluster(seed, module, trace);
    const each = typeof nodes === 'number' ? Array.from({ length: nodes }, () => ({})) : nodes;
    for (const node of each) cluster.start(node);
    try {
      await cluster.settled();
    } catch (error) {
      cluster.abandon();
      throw error;
    }
    return cluster;
  }

  /** Virtual milliseconds since the epoch. */
  get now(): Millis {
    return this.#timeline.now;
  }

  /** The ids of the nodes that run, paused ones included. */
  get nodes(): NodeId[] {
    return this.apps().map(idOf);
  }

  /**
   * A fingerprint of everything that has happened so far: of two runs of one seed and one test, a different one shows that
   * something came in that the seed does not decide.
   */
  get digest(): string {
    return this.#timeline.digest;
  }

  /** Lets virtual time pass. Rejects with what the code of a node threw, as its process would have died of it. */
  async advance(ms: Millis): Promise<void> {
    this.expectOpen();
    await this.#timeline.advance(ms);
  }

  /** Lets time pass until the condition holds. @throws NotReachedError after `limit` virtual milliseconds */
  async until(condition: () => boolean, limit: Millis = 60_000): Promise<void> {
    this.expectOpen();
    if (!(await this.#timeline.until(condition, limit)))
      throw new NotReachedError(limit, this.seed, 'The condition never held', this.report());
  }

  /** Lets time pass until nothing has changed for five seconds. @throws NotReachedError after `limit` virtual milliseconds */
  async settled(limit: Millis = 120_000): Promise<void> {
    const end = this.now + limit;
    let seen = this.fingerprint();
    let since = this.now;
    while (this.now - since < QUIET || this.isAnyStarting()) {
      if (this.now > end)
        throw new NotReachedError(limit, this.seed, 'It never came to rest', this.report());
      await this.advance(100);
      const now = this.fingerprint();
      if (now !== seen) since = this.now;
      seen = now;
    }
  }

  /** The application of a node, to get any of its providers. @throws NodeNotRunningError */
  app(node: NodeId): INestApplicationContext {
    return this.node(node).app;
  }

  /** kill -9: no goodbye, its connections end, its timers never fire. */
  crash(node: NodeId): void {
    this.node(node).crash();
    this.tell(node, 'crashes');
  }

  /**
   * Its machine loses its power: no connection ends, nobody answers. Once it runs again, after `restart()`, it resets what its
   * peers send on connections that they still believe in.
   */
  powerOff(node: NodeId): void {
    this.node(node).powerOff();
    this.tell(node, 'loses its power');
  }

  /** SIGTERM: Nest's shutdown hooks run, in virtual time; resolves when the process has ended. */
  async terminate(node: NodeId): Promise<void> {
    this.tell(node, 'is told to end');
    const actor = this.node(node);
    await this.shutDown([actor]);
    actor.crash();
  }

  /**
   * Starts a node again, in a new life under its old name, with another application if one is given: a rolling upgrade is
   * `terminate()` and `restart()` of one node after the other. A node that still runs is killed first.
   */
  restart(node: NodeId, options: SimulatedNodeOptions = {}): void {
    const actor = this.node(node);
    actor.crash();
    this.begin(actor, options);
  }

  /** Starts one more node; gives its name. */
  start(options: SimulatedNodeOptions = {}): string {
    const name = `n${this.#nodes.size + 1}`;
    const node = new SimulatedNode(name, this.module, this.#surroundings);
    this.#nodes.set(name, node);
    this.begin(node, options);
    return name;
  }

  /**
   * Stalls a node as a blocked event loop does, for `ms`, or until `resume()`: its timers pile up, and what arrives waits. When it
   * wakes, late timers fire first. Its heartbeat thread goes on, and says that it is stalled.
   */
  pause(node: NodeId, ms?: Millis): void {
    const { process, name, state } = this.node(node);
    if (state === 'ended') throw new NodeNotRunningError(name, state);
    this.tell(node, 'stalls');
    this.#network.pause(process);
    if (ms !== undefined) this.#timeline.schedule(ms, () => this.#network.resume(process));
  }

  /** Freezes a node as SIGSTOP does, for `ms`, or until `resume()`: as a stall, and its heartbeat stops as well. */
  freeze(node: NodeId, ms?: Millis): void {
    const { process, name, state } = this.node(node);
    if (state === 'ended') throw new NodeNotRunningError(name, state);
    this.tell(node, 'freezes');
    this.#network.freeze(process);
    if (ms !== undefined) this.#timeline.schedule(ms, () => this.#network.resume(process));
  }

  /** Ends a stall, or a freeze. */
  resume(node: NodeId): void {
    this.tell(node, 'wakes');
    this.#network.resume(this.node(node).process);
  }

  /** Makes the clock of a node wrong; `{}` makes it right again. It stays so through a crash. */
  setClock(node: NodeId, fault: ClockFault): void {
    this.node(node).setClock(fault);
  }

  /**
   * Cuts the network between the groups, both ways, as a black hole does. Nodes in no group see everyone: a bridge. Partitions may
   * overlap; each ends with its own `heal()`, or all with the cluster's. They outlive the crash and restart of a node.
   */
  partition(...groups: readonly (readonly NodeId[])[]): Cut {
    this.#timeline.tell(() => `partition ${groups.map((group) => group.join(' ')).join(' | ')}`);
    const processes = groups.map((group) => this.processes(group));
    return allOf(
      processes.flatMap((these, i) =>
        processes.slice(i + 1).map((those) => this.#network.partition(these, those)),
      ),
    );
  }

  /** Cuts both ways between a node and all others, those too that are yet to start. */
  isolate(node: NodeId): Cut {
    this.tell(node, 'is isolated');
    return this.#network.isolate(this.node(node).process);
  }

  /** Cuts one way only: nothing that `from` sends arrives at `to`. */
  block(from: NodeId | readonly NodeId[], to: NodeId | readonly NodeId[]): Cut {
    this.#timeline.tell(() => `block ${[from].flat().join(' ')} > ${[to].flat().join(' ')}`);
    const others = this.processes(to);
    return allOf(
      this.processes(from).flatMap((one) => others.map((other) => this.#network.block(one, other))),
    );
  }

  /**
   * Cuts the links between these nodes one by one in a random order, and restores them one by one in another, within so many virtual
   * ms. Does not wait for it.
   */
  swizzle(nodes: readonly NodeId[], over: Millis): Cut {
    const processes = this.processes(nodes);
    const links = processes.flatMap((one, i) =>
      processes.slice(i + 1).map((other) => () => this.#network.partition([one], [other])),
    );
    const cut = swizzle(links, over, this.#timeline, this.#random);
    this.#swizzles.add(cut);
    this.#timeline.schedule(over, () => this.#swizzles.delete(cut));
    return cut;
  }

  /** Ends every cut. Bad weather stays. */
  heal(): void {
    this.#timeline.tell(() => 'heal');
    for (const cut of this.#swizzles) cut.heal();
    this.#swizzles.clear();
    this.#network.heal();
  }

  /** Makes the whole network worse, or only some links. The last word counts. `{}` makes it good again; the whole, each link too. */
  degrade(degradation: Degradation, { from, to }: Links = {}): void {
    const these = from === undefined ? undefined : this.processes(from);
    const those = to === undefined ? undefined : this.processes(to);
    this.#network.degrade(degradation, these, those);
  }

  /**
   * Has what stands between these and those nodes forget the connections that they have, as NAT does after a time-out. Neither side is
   * told; what is sent on them is answered by a reset, or by silence for ever. New connections work.
   */
  forgetConnections(
    these: NodeId | readonly NodeId[],
    those: NodeId | readonly NodeId[],
    answer: LostAnswer = 'reset',
  ): void {
    const others = this.processes(those);
    for (const one of this.processes(these))
      for (const other of others) this.#network.forget(one, other, answer);
  }

  /** The nodes on which the role really runs now, paused ones included. */
  holders(role: string): NodeId[] {
    return activations(this.apps(), role).map(({ node }) => node);
  }

  /** The highest epoch under which the role runs; 0 where it runs nowhere. */
  epoch(role: string): number {
    return Math.max(0, ...activations(this.apps(), role).map(({ epoch }) => epoch));
  }

  /** What every running node sees: for a test that says why it failed, and for comparing runs. */
  report(): NodeReport[] {
    return this.running().map(reportOf);
  }

  /**
   * Somebody who is no member connects to the node, sends these frames, and says nothing more: a port scanner, or a broken client. Each is
   * sent as a datagram as well.
   */
  intrude(node: NodeId, frames: readonly Uint8Array[]): void {
    this.expectOpen();
    this.#stranger ??= new Stranger(this.#network.process('(a stranger)'));
    this.#stranger.say(this.app(node).get(CoreServerService).self, frames);
    this.tell(node, 'is called by a stranger');
  }

  /**
   * Ends the simulation: heals and wakes what there is, runs Nest's shutdown hooks on every node, then kills what is left. Harmless a
   * second time. `await using` does it by itself.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#timeline.isAdvancing) throw new AlreadyAdvancingError();
    this.heal();
    for (const { process } of this.running()) this.#network.resume(process);
    try {
      await this.shutDown(this.running());
    } finally {
      this.abandon();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private begin(node: SimulatedNode, options: SimulatedNodeOptions): void {
    this.expectOpen();
    this.tell(node.name, 'starts');
    // A failure comes out of the advance() that is going on, as the process would have died of it.
    node.start(options, (error) =>
      this.#timeline.schedule(0, () => {
        throw error;
      }),
    );
  }

  /** Lets time pass until their applications have closed, or their processes ended otherwise. */
  private async shutDown(nodes: readonly SimulatedNode[]): Promise<void> {
    const closing = nodes.map((node) => node.close());
    await this.until(() => closing.every((isDone) => isDone()), SHUTDOWN);
  }

  /** Ends everything at once, without a hook. */
  private abandon(): void {
    for (const node of this.#nodes.values()) node.crash();
    this.#closed = true;
  }

  private processes(nodes: NodeId | readonly NodeId[]): SimulatedProcess[] {
    return [nodes].flat().map((node) => this.node(node).process);
  }

  private node(node: NodeId): SimulatedNode {
    const found = this.#nodes.get(parseNodeId(node)?.name ?? node);
    if (found === undefined) throw new UnknownNodeError(node, [...this.#nodes.keys()]);
    return found;
  }

  private running(): SimulatedNode[] {
    return [...this.#nodes.values()].filter(({ state }) => state === 'running');
  }

  private apps(): INestApplicationContext[] {
    return this.running().map(({ app }) => app);
  }

  private isAnyStarting(): boolean {
    return [...this.#nodes.values()].some(({ state }) => state === 'starting');
  }

  private fingerprint(): string {
    return JSON.stringify(this.apps().map(viewOf));
  }

  private tell(node: NodeId, what: string): void {
    this.#timeline.tell(() => `${this.node(node).name} ${what}`);
  }

  private expectOpen(): void {
    if (this.#closed) throw new SimulationClosedError();
  }
}
