import type { Millis } from '../protocol/terms.js';
import type { Random } from '../protocol/random.js';
import type { Flow } from './flow.js';
import type { SimulatedProcess } from './simulated-process.js';

/** How bad the simulated network is. */
export interface Degradation {
  /**
   * One-way delay, drawn evenly for each packet (ms, inclusive range).
   * @default [0.1, 0.5]
   */
  readonly latency?: readonly [Millis, Millis] | undefined;
  /**
   * Share of packets lost, 0 up to 1 (excluded). TCP sends them again, so that a loss is a delay of the stream and never a gap.
   * @default 0
   */
  readonly loss?: number | undefined;
}

/** What TCP waits before it sends data again, at least (Linux). */
export const RETRANSMISSION: Millis = 200;
/** What TCP waits before it repeats a call for a connection (RFC 6298). */
export const SYN_RETRANSMISSION: Millis = 1_000;

/** The state of the simulated network between the processes: delays, losses, cuts. */
export class Weather {
  #latency: readonly [Millis, Millis] = [0.1, 0.5];
  #loss = 0;
  readonly #cuts = new Map<SimulatedProcess, Set<SimulatedProcess>>();
  /** Streams with something due that cannot arrive. */
  readonly #held = new Set<Flow>();

  constructor(private readonly random: Random) {}

  degrade({ latency = [0.1, 0.5], loss = 0 }: Degradation): void {
    if (!(loss >= 0 && loss < 1)) throw new RangeError(`loss must be 0 up to 1, not ${loss}.`);
    this.#latency = latency;
    this.#loss = loss;
  }

  /** The way of one packet. Every loss on it costs `repeat` milliseconds more. */
  delay(repeat: Millis): Millis {
    const [min, max] = this.#latency;
    let delay = min + this.random.float() * (max - min);
    while (this.#loss > 0 && this.random.float() < this.#loss) delay += repeat;
    return delay;
  }

  cut(from: SimulatedProcess, to: SimulatedProcess): void {
    const cuts = this.#cuts.get(from) ?? new Set();
    this.#cuts.set(from, cuts.add(to));
  }

  isCut(from: SimulatedProcess, to: SimulatedProcess): boolean {
    return this.#cuts.get(from)?.has(to) === true;
  }

  hold(flow: Flow): void {
    this.#held.add(flow);
  }

  /** Ends every cut; what was held arrives once TCP tries again. */
  heal(): void {
    this.#cuts.clear();
    this.release(RETRANSMISSION);
  }

  /** Tries again what was held; what still cannot arrive is held again. */
  release(after: Millis): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const flow of held) flow.retry(after);
  }
}
