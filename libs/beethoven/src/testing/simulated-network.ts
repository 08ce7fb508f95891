import type { Random } from '../protocol/random.js';
import type { NodeClock } from './node-clock.js';
import { SimulatedProcess, type World } from './simulated-process.js';
import type { Timeline } from './timeline.js';
import { Weather, type Degradation } from './weather.js';

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
      nextPort: () => 32_768 + (ports++ % 28_232),
    };
  }

  /** A new process, on machines of its own or on shared ones: processes may have the same address. It stalls and dies together with its clock. */
  process(
    name: string,
    addresses: readonly string[] = ['127.0.0.1'],
    clock: NodeClock = this.timeline.clock(),
  ): SimulatedProcess {
    const process = new SimulatedProcess(name, this.#world, addresses, clock);
    this.#world.processes.push(process);
    return process;
  }

  /** kill -9: its timers never fire, its peers see their connections end, its ports refuse. */
  crash(process: SimulatedProcess): void {
    process.crash();
    this.#weather.release(0);
  }

  /** A blocked event loop: its machine still accepts connections and data, and the process deals with none of it. */
  pause(process: SimulatedProcess): void {
    process.clock.pause();
  }

  /** Late timers fire first, then what has arrived is read, all in order. */
  resume(process: SimulatedProcess): void {
    process.clock.resume();
    this.#weather.release(0);
  }

  /** Cuts both ways between each of these and each of those. */
  partition(these: Iterable<SimulatedProcess>, those: Iterable<SimulatedProcess>): void {
    const others = [...those];
    for (const one of these) {
      for (const other of others) {
        this.block(one, other);
        this.block(other, one);
      }
    }
  }

  /**
   * Cuts one way, as a black hole: new connections time out (they need both ways), and on open ones data, and the news of
   * their end, is held until the cut heals.
   */
  block(from: SimulatedProcess, to: SimulatedProcess): void {
    this.#weather.cut(from, to);
  }

  /**
   * Ends every cut. What was held arrives within a retransmission (200 ms), unless its sender has destroyed the connection
   * meanwhile. Bad weather stays.
   */
  heal(): void {
    this.#weather.heal();
  }

  /** Changes the weather for every packet sent from now on. `{}` makes it good again. */
  degrade(degradation: Degradation): void {
    this.#weather.degrade(degradation);
  }
}
