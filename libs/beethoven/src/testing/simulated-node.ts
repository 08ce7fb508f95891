import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { withPorts } from '../beethoven.ports.js';
import { NodeNotRunningError } from '../errors/node-not-running.error.js';
import { SteadyHardware } from '../hw-mon/steady-hardware.js';
import { noNames } from '../locator/name-lookup.js';
import { noDisc } from '../network/disc.js';
import { noMetadata } from '../network/metadata.js';
import type { Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import { Quartz, type ClockFault } from './quartz.js';
import { SimulatedLogDisc } from './simulated-log-disc.js';
import type { SimulatedNetwork } from './simulated-network.js';
import type { SimulatedProcess } from './simulated-process.js';
import { simulatedThreads } from './simulated-thread.js';
import { slowStart } from './slow-start.js';
import type { Timeline } from './timeline.js';

/** How one node of a simulated cluster differs from the others. */
export interface SimulatedNodeOptions {
  /**
   * The application that it runs from now on: another version of the others', with other roles.
   * @default the one that it ran before; at first that of the cluster
   */
  readonly module?: Type | DynamicModule;
  /**
   * How wrong the clock of its machine is, from before this start on.
   * @default as before; at first right
   */
  readonly clock?: ClockFault;
  /**
   * What this start takes (virtual ms): half of it before the node can be found, half before its application is up.
   * @default 0
   */
  readonly slowStart?: Millis;
}

/** What the nodes of one simulation share. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly network: SimulatedNetwork;
  readonly random: Random;
}

/** One node of a simulation: a machine, its process, and its application in the life that it has now. */
export class SimulatedNode {
  readonly #quartz: Quartz;
  readonly #disc: SimulatedLogDisc;
  #process: SimulatedProcess;
  #app: INestApplicationContext | undefined;
  #state: 'starting' | 'running' | 'ended' = 'ended';

  constructor(
    readonly name: string,
    private module: Type | DynamicModule,
    private readonly surroundings: Surroundings,
  ) {
    this.#quartz = new Quartz(surroundings.timeline);
    this.#disc = new SimulatedLogDisc(surroundings.random);
    this.#process = this.#newProcess();
  }

  get process(): SimulatedProcess {
    return this.#process;
  }

  get state(): 'starting' | 'running' | 'ended' {
    return this.#state;
  }

  /** The application. @throws NodeNotRunningError before it is up, and after its end */
  get app(): INestApplicationContext {
    if (this.#app === undefined || this.#state !== 'running')
      throw new NodeNotRunningError(this.name, this.#state === 'ended' ? 'ended' : 'starting');
    return this.#app;
  }

  setClock(fault: ClockFault): void {
    this.#quartz.set(fault);
  }

  /** A new process. `failed` is told why it could not start. */
  start(options: SimulatedNodeOptions, failed: (error: Error) => void): void {
    if (options.clock !== undefined) this.setClock(options.clock);
    this.module = options.module ?? this.module;
    const { random } = this.surroundings;
    const process = this.#newProcess();
    this.#process = process;
    this.#state = 'starting';
    const { clock } = process;
    const module =
      options.slowStart === undefined
        ? this.module
        : slowStart(this.module, clock, options.slowStart);
    const ports = {
      clock,
      network: () => process,
      security: () => undefined,
      // A simulated network has no name server: every name is unknown.
      nameLookup: noNames,
      hardware: new SteadyHardware(),
      startHeartbeatThread: simulatedThreads(process, this.surroundings.timeline, random),
      metadata: noMetadata,
      disc: noDisc,
      logDisc: this.#disc.for(clock),
      loadMulticastDns: () => Promise.resolve(process.multicastDns),
      random,
      nodeName: this.name,
    };
    void withPorts(ports, () =>
      NestFactory.createApplicationContext(module, { logger: false, abortOnError: false }),
    ).then((app) => {
      if (clock.stopped) return;
      this.#app = app;
      this.#state = 'running';
    }, failed);
  }

  /** kill -9. Harmless when it has ended already. */
  crash(): void {
    if (this.#end()) this.surroundings.network.crash(this.#process);
  }

  powerOff(): void {
    this.#end();
    this.surroundings.network.powerOff(this.#process);
  }

  /** SIGTERM: Nest's shutdown hooks run. @returns whether they are done, or the process has ended otherwise; throws what a hook threw */
  close(): () => boolean {
    const { clock } = this.#process;
    let closed = false;
    let failure: { error: unknown } | undefined;
    this.app.close().then(
      () => (closed = true),
      (error: unknown) => (failure = { error }),
    );
    return () => {
      if (failure !== undefined) throw failure.error;
      return closed || clock.stopped;
    };
  }

  #end(): boolean {
    const ended = this.#state !== 'ended';
    this.#state = 'ended';
    this.#app = undefined;
    if (ended) this.#disc.crash();
    return ended;
  }

  #newProcess(): SimulatedProcess {
    const { timeline, network } = this.surroundings;
    return network.process(this.name, undefined, timeline.clock(this.#quartz));
  }
}
