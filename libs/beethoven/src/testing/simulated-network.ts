import type { Random } from '../protocol/random.js';
import type { Cut, Host } from './cuts.js';
import type { Degradation } from './degradation.js';
import type { NodeClock } from './node-clock.js';
import type { LostAnswer } from './simulated-connection.js';
import { DatagramSockets } from './simulated-datagrams.js';
import { MulticastGroup } from './simulated-multicast.js';
import { SimulatedProcess, type World } from './simulated-process.js';
import type { Timeline } from './timeline.js';
import { Weather } from './weather.js';

/**
 * A network in memory, in virtual time, that can be cut, slowed, and lose packets, with processes that crash and stall.
 *
 * An address is refused where a machine has it and nobody listens. Where no machine has it, outside loopback, nobody answers.
 *
 * @example
 * ```ts
 * const timeline = new Timeline();
 * const network = new SimulatedNetwork(timeline, new SeededRandom(7));
 * const [a, b] = [network.process('a'), network.process('b')];
 * await a.listen('127.0.0.1', 33000, welcome);
 * b.dial('127.0.0.1', 33000, 250, greet);
 * await timeline.advance(10);
 * ```
 */
export class SimulatedNetwork {
  readonly #world: World;
  readonly #weather: Weather;

  constructor(
    private readonly timeline: Timeline,
    random: Random,
  ) {
    this.#weather = new Weather(random);
    let ports = 0;
    this.#world = {
      timeline,
      weather: this.#weather,
      processes: [],
      endpoints: new Map(),
      sockets: new DatagramSockets(timeline, this.#weather),
      multicast: new MulticastGroup(timeline, this.#weather),
      nextPort: () => 32_768 + (ports++ % 28_232),
    };
  }

  /**
   * A new process, on machines of its own or on shared ones: processes may have the same address. It stalls and dies together
   * with its clock. In the place of a dead one of that name it is on the same machine, which has power again.
   */
  process(
    name: string,
    addresses: readonly string[] = ['127.0.0.1'],
    clock: NodeClock = this.timeline.clock(),
  ): SimulatedProcess {
    const thread = this.timeline.clock(clock.quartz);
    const process = new SimulatedProcess(name, this.#world, addresses, clock, thread);
    const { processes } = this.#world;
    const before = processes.findIndex((old) => old.name === name && old.clock.stopped);
    if (before === -1) processes.push(process);
    else processes[before] = process;
    this.#weather.powerOn(name);
    return process;
  }

  /** kill -9: its timers never fire, its peers see their connections end, its ports refuse. */
  crash(process: SimulatedProcess): void {
    process.crash();
    this.#weather.release(0);
  }

  /** Its machine loses its power: silence. Once it is on again, it knows of no connection and resets those of its peers. */
  powerOff(process: SimulatedProcess): void {
    process.powerOff();
    this.#weather.powerOff(process.name);
  }

  /**
   * What stands between two processes forgets their open connections, as NAT does after a time-out. Neither side is told; what
   * one sends is answered by a reset, or by silence for ever. New connections work.
   */
  forget(one: SimulatedProcess, other: SimulatedProcess, answer: LostAnswer): void {
    one.forget(other, answer);
  }

  /** A blocked event loop, while its other threads go on: its machine still accepts connections and data, and the process deals with none of it. */
  pause(process: SimulatedProcess): void {
    process.clock.pause();
  }

  /** All of its threads stand still, as after SIGSTOP, or on a machine that is frozen. */
  freeze(process: SimulatedProcess): void {
    process.clock.pause();
    process.threadClock.pause();
  }

  /** Late timers fire first, then what has arrived is read, all in order. */
  resume(process: SimulatedProcess): void {
    process.threadClock.resume();
    process.clock.resume();
    this.#weather.release(0);
  }

  /** Cuts both ways between each of these and each of those. */
  partition(these: Iterable<SimulatedProcess>, those: Iterable<SimulatedProcess>): Cut {
    const pairs = product(these, those);
    return this.#weather.cut(
      pairs.flatMap(([from, to]) => [
        { from, to },
        { from: to, to: from },
      ]),
    );
  }

  /** A firewall that lets connections pass, and no datagram of this process to that one. */
  loseDatagrams(from: SimulatedProcess, to: SimulatedProcess): void {
    this.#world.sockets.block(from.name, to.name);
  }

  /**
   * Cuts one way, as a black hole: new connections time out (they need both ways), and on open ones data, and the news of
   * their end, is held until the cut heals. Datagrams are lost.
   */
  block(from: SimulatedProcess, to: SimulatedProcess): Cut {
    return this.#weather.cut([{ from: from.name, to: to.name }]);
  }

  /** Cuts both ways between one host and all others, those too that are yet to start. */
  isolate({ name }: SimulatedProcess): Cut {
    return this.#weather.cut([{ from: name }, { to: name }]);
  }

  /**
   * Ends every cut. What was held arrives within a retransmission (200 ms), unless its sender has destroyed the connection
   * meanwhile. Bad weather stays.
   */
  heal(): void {
    this.#weather.heal();
  }

  /**
   * Changes the weather for every packet sent from now on: of the whole network, which forgets what was said of links, or of the
   * ways from each of `from` to each of `to`. `{}` makes it good again.
   */
  degrade(
    degradation: Degradation,
    from?: Iterable<SimulatedProcess>,
    to?: Iterable<SimulatedProcess>,
  ): void {
    if (from === undefined && to === undefined) this.#weather.degrade(degradation);
    const all = this.#world.processes;
    for (const [one, other] of product(from ?? all, to ?? all))
      this.#weather.degradeLink(one, other, degradation);
  }
}

function product(
  these: Iterable<SimulatedProcess>,
  those: Iterable<SimulatedProcess>,
): [Host, Host][] {
  const others = hosts(those);
  return hosts(these).flatMap((one) => others.map((other): [Host, Host] => [one, other]));
}

const hosts = (processes: Iterable<SimulatedProcess>): Host[] => [
  ...new Set(Array.from(processes, ({ name }) => name)),
];
