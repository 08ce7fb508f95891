import { Inject, Injectable, Logger } from '@nestjs/common';
import { ReplaySubject, distinctUntilChanged, type Observable } from 'rxjs';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CannotListenError } from '../errors/cannot-listen.error.js';
import { InsecureBindError } from '../errors/insecure-bind.error.js';
import { CLOCK, pause, type Clock } from '../network/clock.js';
import { Mesh } from '../network/mesh.js';
import { NETWORK, type Listener, type Network } from '../network/network.js';
import type { Millis } from '../protocol/terms.js';
import { bindPlan, type BindPlan } from './bind-plan.js';

/** How long a machine without an address may take to get one (a carrier takes two to four seconds, DHCP as long again), and how often it is asked. */
const ADDRESS_TIME: Millis = 10_000;
const ADDRESS_POLL: Millis = 250;

/**
 * `listening`: on the well-known port. `failed`: that port is taken, or this machine has no address in the cluster's network:
 * the node finds others and links reach it on another port, but no scan finds it. `stopped`: not at all.
 */
export type BeaconState = 'listening' | 'failed' | 'stopped';

/** Where links reach this node. */
export interface BeaconEndpoint {
  readonly address: string;
  readonly port: number;
}

/** Listens, so that other nodes find this one, and hands every connection to the mesh. */
@Injectable()
export class BeaconService {
  readonly #logger = new Logger(BeaconService.name);
  readonly #states = new ReplaySubject<BeaconState>(1);
  readonly #listeners: Listener[] = [];
  #state: BeaconState = 'stopped';
  #endpoint: BeaconEndpoint | undefined;
  #recovery: Promise<void> | undefined;
  #closed = false;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NETWORK) private readonly network: Network,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly mesh: Mesh,
  ) {
    this.#states.next(this.#state);
  }

  /** The state now, then each change; completes once the node has stopped. */
  get state$(): Observable<BeaconState> {
    return this.#states.pipe(distinctUntilChanged());
  }

  /** The IPv4 address at which links reach this node; `undefined` before it listens. */
  get address(): string | undefined {
    return this.#endpoint?.address;
  }

  /** The port at which links reach this node: `listenerPort`, or another where that one was taken; `undefined` before it listens. */
  get port(): number | undefined {
    return this.#endpoint?.port;
  }

  /**
   * Takes the well-known port: on `listenerAddress`; without it, in a loopback network on the first host that is free, in any other on the
   * machine's own address inside. Where that cannot be, a free port of the same address stands in, so that links reach this node. A machine
   * whose interfaces are not up has ten seconds to get an address: a node keeps its own for as long as it runs.
   *
   * @returns where links reach this node, for as long as it runs
   * @throws InsecureBindError for an address beyond loopback without `secret`, `tls` or `insecure: true`
   * @throws CannotListenError where not even a free port can be bound
   */
  async listen(): Promise<BeaconEndpoint> {
    this.#refuseExposure(this.#plan());
    const plan = await this.#planOnline();
    const { listenerPort } = this.options;

    let obstacle: unknown;
    for (const address of plan.candidates) {
      try {
        this.#endpoint = await this.#bind(plan, address, listenerPort);
        this.#become('listening');
        return this.#endpoint;
      } catch (error) {
        // On loopback the kernel decides which of many processes has an address: asking it is free of races, looking first is not.
        obstacle = error;
      }
    }

    this.#become('failed');
    try {
      this.#endpoint = await this.#bind(plan, plan.spare, 0);
    } catch (cause) {
      throw new CannotListenError(plan.spare, this.network.addresses(), { cause });
    }
    const { address, port } = this.#endpoint;
    this.#logger.error(
      `${this.#complaint(plan, obstacle)} Until then no scan finds this node; it finds others, and links reach it at ${address}:${port}.`,
    );
    return this.#endpoint;
  }

  /**
   * Tries to take the well-known port again, if this Beacon has failed to; otherwise does nothing. The endpoint of the node stays
   * the same. Never rejects: the outcome is in `state$`.
   */
  async attemptRecover(): Promise<void> {
    if (this.#state !== 'failed' || this.#endpoint === undefined) return;
    this.#recovery ??= this.#recover().finally(() => (this.#recovery = undefined));
    await this.#recovery;
  }

  /** Stops listening. Connections that are open are the mesh's to close. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#become('stopped');
    this.#states.complete();
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
  }

  async #recover(): Promise<void> {
    const { listenerPort } = this.options;
    try {
      const plan = this.#plan();
      if (plan.candidates.length === 0) throw new Error(this.#complaint(plan, undefined));
      const { address } = await this.#bind(plan, plan.spare, listenerPort);
      if (this.#closed) return;
      this.#become('listening');
      this.#logger.log(`Listening on ${address}:${listenerPort}: scans find this node again.`);
    } catch (error) {
      this.#logger.warn(`Still without the well-known port: ${text(error)}`);
    }
  }

  async #bind(plan: BindPlan, address: string, port: number): Promise<BeaconEndpoint> {
    const listener = await this.network.listen(address, port, (connection) => {
      this.mesh.accept(connection);
    });
    if (this.#closed) await listener.close();
    else this.#listeners.push(listener);
    return { address: plan.dialled(listener.address), port: listener.port };
  }

  #plan(): BindPlan {
    return bindPlan(this.options, this.network);
  }

  async #planOnline(): Promise<BindPlan> {
    let plan = this.#plan();
    if (!plan.isOffline) return plan;
    this.#logger.warn(
      `This machine has no address but loopback: waiting ${ADDRESS_TIME / 1_000} s for one in ${plan.range.toString()}.`,
    );
    // Our timers do not keep a process alive, and nothing else may be there yet that does.
    const vigil = await this.network.listen(plan.spare, 0, (connection) => connection.destroy());
    for (let waited = 0; plan.isOffline && waited < ADDRESS_TIME; waited += ADDRESS_POLL) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      await pause(this.clock, ADDRESS_POLL);
      plan = this.#plan();
    }
    await vigil.close();
    return plan;
  }

  #refuseExposure({ exposed }: BindPlan): void {
    const { insecure, secret, tls } = this.options;
    if (exposed === undefined || secret.length > 0 || tls !== undefined) return;
    if (!insecure) throw new InsecureBindError(exposed);
    this.#logger.warn(
      `Links on ${exposed} are neither authenticated nor encrypted (insecure: true): whoever reaches port ${this.options.listenerPort} can join.`,
    );
  }

  #complaint({ range, candidates, spare, isOffline }: BindPlan, obstacle: unknown): string {
    const { listenerPort } = this.options;
    if (candidates.length === 0)
      return (
        `No address of this machine is in ${range.toString()}: it has ${this.network.addresses().join(', ')}. ` +
        (isOffline
          ? 'It is offline: nodes elsewhere never reach this one, not even when its network is up. Start it again then.'
          : 'Set `clusterNet` to a network that holds one of them, or `listenerAddress` to one.')
      );
    if (candidates.length === 1)
      return `Cannot listen on ${spare}:${listenerPort}: ${text(obstacle)} attemptRecover() tries again.`;
    return (
      `Port ${listenerPort} can be had on none of ${candidates.length} addresses of ${range.toString()}; the last one said: ${text(obstacle)} ` +
      'Widen `clusterNetMask`, or stop a process. attemptRecover() tries the first of them again.'
    );
  }

  #become(state: BeaconState): void {
    this.#state = state;
    this.#states.next(state);
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
