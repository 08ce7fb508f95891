import { AddressInUseError } from '../errors/address-in-use.error.js';
import type { Connection, DialFailure, Listener, Network } from '../network/network.js';
import type { Millis } from '../protocol/terms.js';
import type { Host } from './cuts.js';
import { Flow } from './flow.js';
import type { Datagrams } from '../network/datagrams.js';
import type { NodeClock } from './node-clock.js';
import type { MulticastDns } from '../network/multicast-dns.js';
import { Outbox } from './outbox.js';
import { SimulatedConnection, type LostAnswer, type Owner } from './simulated-connection.js';
import type { DatagramSockets } from './simulated-datagrams.js';
import type { MulticastGroup } from './simulated-multicast.js';
import type { Timeline } from './timeline.js';
import { SYN_RETRANSMISSION, type Weather } from './weather.js';

/** Who listens, or listened last, at an address and port. */
interface Endpoint {
  readonly process: SimulatedProcess;
  readonly onConnection: ((connection: Connection) => void) | undefined;
}

/** What all processes of one simulated network share. */
export interface World {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly processes: SimulatedProcess[];
  readonly endpoints: Map<string, Endpoint>;
  readonly sockets: DatagramSockets;
  readonly multicast: MulticastGroup;
  /** A port of the range that operating systems hand out. */
  readonly nextPort: () => number;
}

/** What code of a dead process waits for, where a promise lets it run on after its end. */
const NEVER = new Promise<never>(() => {});

const isLoopback = (address: string): boolean => address.startsWith('127.');

/** The network as one simulated process sees it. */
export class SimulatedProcess implements Network {
  readonly #owner: Owner;

  constructor(
    readonly name: string,
    private readonly world: World,
    private readonly own: readonly string[],
    readonly clock: NodeClock,
    /** Of its second thread: goes on while the main thread is blocked. */
    readonly threadClock: NodeClock,
  ) {
    this.#owner = { clock, outbox: new Outbox(clock), open: new Set() };
  }

  /** Open connections, those included that their other end does not know of any more. */
  get connections(): number {
    return this.#owner.open.size;
  }

  /** Its datagrams, for the second thread. */
  get datagrams(): Datagrams {
    return this.world.sockets.of(this.name, this.threadClock);
  }

  get multicastDns(): MulticastDns {
    return this.world.multicast.of(this.name, this.clock);
  }

  addresses(): readonly string[] {
    return this.own;
  }

  ownAddresses(): readonly string[] {
    return this.own;
  }

  refusals(): Readonly<Record<string, number>> {
    return {};
  }

  async listen(
    address: string,
    port: number,
    onConnection: (connection: Connection) => void,
  ): Promise<Listener> {
    if (this.clock.stopped) return NEVER;
    const { endpoints } = this.world;
    if (!this.#owns(address)) {
      throw new Error(`listen EADDRNOTAVAIL: ${this.name} has no address ${address}`);
    }
    const isTaken = (candidate: number): boolean =>
      endpoints.get(`${address}:${candidate}`)?.onConnection !== undefined;
    if (isTaken(port)) throw new AddressInUseError(address, port);
    let bound = port;
    while (bound === 0 || isTaken(bound)) bound = this.world.nextPort();

    const key = `${address}:${bound}`;
    endpoints.set(key, { process: this, onConnection });
    const close = async (): Promise<void> => {
      if (endpoints.get(key)?.onConnection !== onConnection) return;
      endpoints.set(key, { process: this, onConnection: undefined });
    };
    return { address, port: bound, close };
  }

  dial(
    address: string,
    port: number,
    timeout: Millis,
    done: (result: Connection | DialFailure) => void,
  ): void {
    if (this.clock.stopped) return;
    const { timeline, weather, endpoints } = this.world;
    const end = timeline.now + timeout;
    const callee = (): Host => endpoints.get(`${address}:${port}`)?.process.name ?? this.name;
    /** What comes after so long, where the caller still waits then. */
    const after = (wait: Millis, run: () => void): void => {
      const left = end - timeline.now;
      if (wait < left) timeline.schedule(wait, run);
      else timeline.schedule(left, () => this.clock.run(() => done('timeout')));
    };
    const knock = (): void => {
      const answer = this.#knock(address, port);
      if (answer === undefined) after(SYN_RETRANSMISSION, knock);
      else
        after(weather.delay(callee(), this.name, SYN_RETRANSMISSION), () =>
          this.clock.run(() => done(answer())),
        );
    };
    after(weather.delay(this.name, callee(), SYN_RETRANSMISSION), knock);
  }

  /** Ends the process: the operating system closes what it had open. */
  crash(): void {
    this.#stop();
    for (const connection of this.#owner.open) connection.destroy();
  }

  /** Ends the process together with its machine: nobody is left to close anything. */
  powerOff(): void {
    this.#stop();
    for (const connection of this.#owner.open) connection.vanish();
  }

  /** Has what is between two processes forget their open connections: each end believes in them until it sends. */
  forget(other: SimulatedProcess, answer: LostAnswer): void {
    for (const [one, two] of [
      [this, other],
      [other, this],
    ] as const)
      for (const connection of one.#owner.open)
        if (connection.leadsTo(two.#owner.open)) connection.lose(answer);
  }

  #stop(): void {
    this.clock.stop();
    this.threadClock.stop();
    const { endpoints } = this.world;
    for (const [key, { process }] of endpoints) {
      if (process === this) endpoints.set(key, { process, onConnection: undefined });
    }
  }

  /** What a call finds there, or `undefined` for silence. */
  #knock(address: string, port: number): (() => SimulatedConnection | DialFailure) | undefined {
    const endpoint = this.world.endpoints.get(`${address}:${port}`);
    if (endpoint === undefined) return this.#reaches(address) ? () => 'refused' : undefined;
    if (this.#isCutFrom(endpoint.process)) return undefined;
    if (endpoint.onConnection === undefined) return () => 'refused';
    return () => this.#connect(endpoint.process, address, port);
  }

  #connect(callee: SimulatedProcess, address: string, port: number): SimulatedConnection {
    const { timeline, weather, endpoints, nextPort } = this.world;
    const way = new Flow(timeline, weather, this, callee);
    const back = new Flow(timeline, weather, callee, this);
    const source = isLoopback(address) ? '127.0.0.1' : (this.own[0] ?? address);
    const near = new SimulatedConnection(address, port, way, this.#owner);
    const far = new SimulatedConnection(source, nextPort(), back, callee.#owner);
    near.pairWith(far);
    near.open();
    near.announce(() => {
      const endpoint = endpoints.get(`${address}:${port}`);
      if (endpoint?.process !== callee || endpoint.onConnection === undefined) far.destroy();
      else {
        far.open();
        endpoint.onConnection(far);
      }
    });
    return near;
  }

  #owns(address: string): boolean {
    return isLoopback(address) || this.own.includes(address);
  }

  /** Whether a machine with this address would answer at all. Every machine has the whole of loopback. */
  #reaches(address: string): boolean {
    return this.world.processes.some(
      (process) => process.#owns(address) && !this.#isCutFrom(process),
    );
  }

  /** A call needs both directions. */
  #isCutFrom(other: SimulatedProcess): boolean {
    const { weather } = this.world;
    return weather.isCut(this.name, other.name) || weather.isCut(other.name, this.name);
  }
}
