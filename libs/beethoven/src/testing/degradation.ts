import { InvalidDegradationError } from '../errors/invalid-degradation.error.js';
import type { Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';

/**
 * One-way delays with a long tail (ms), as real networks have them: log-normal, half of the packets faster than `median`, one in a
 * hundred slower than `p99`.
 */
export interface LongTail {
  /** More than 0. */
  readonly median: Millis;
  /** `median` or more. */
  readonly p99: Millis;
}

/** How bad the simulated network is, or some links of it. What is left out is good. */
export interface Degradation {
  /**
   * One-way delay of each packet (ms): drawn evenly from an inclusive range, or with a long tail.
   * @default [0.1, 0.5]
   */
  readonly latency?: readonly [min: Millis, max: Millis] | LongTail | undefined;
  /**
   * Share of packets lost, 0 up to 1 (excluded). A datagram is gone; TCP sends again, so that in a stream a loss is a delay and
   * never a gap.
   * @default 0
   */
  readonly loss?: number | undefined;
  /**
   * Share of datagrams that arrive twice, 0 to 1. A TCP stream shows nothing of it.
   * @default 0
   */
  readonly duplication?: number | undefined;
  /**
   * Share of packets held back by up to 50 ms, 0 to 1: later datagrams pass them. In a TCP stream they hold up what is behind them.
   * @default 0
   */
  readonly reordering?: number | undefined;
}

/** A good network (ms). */
const GOOD: readonly [Millis, Millis] = [0.1, 0.5];
/** By how much a packet that others pass is late, at most. */
const HELD_BACK: Millis = 50;
/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326347874;

/** Draws what happens to each packet of a link. */
export class Conditions {
  readonly #latency: () => Millis;
  readonly #loss: number;
  readonly #duplication: number;
  readonly #reordering: number;

  constructor(
    { latency = GOOD, loss = 0, duplication = 0, reordering = 0 }: Degradation,
    private readonly random: Random,
  ) {
    this.#latency = 'median' in latency ? this.#longTail(latency) : this.#even(latency);
    if (!(loss >= 0 && loss < 1))
      throw new InvalidDegradationError('loss', loss, '0 up to 1, 1 excluded');
    this.#loss = loss;
    this.#duplication = share('duplication', duplication);
    this.#reordering = share('reordering', reordering);
  }

  /** The way of one packet. */
  latency(): Millis {
    const late = this.#happens(this.#reordering) ? this.random.float() * HELD_BACK : 0;
    return this.#latency() + late;
  }

  loses(): boolean {
    return this.#happens(this.#loss);
  }

  duplicates(): boolean {
    return this.#happens(this.#duplication);
  }

  /** What never happens costs no chance. */
  #happens(probability: number): boolean {
    return probability > 0 && this.random.float() < probability;
  }

  #even([min, max]: readonly [Millis, Millis]): () => Millis {
    if (!(min >= 0 && max >= min && max < Infinity))
      throw new InvalidDegradationError('latency', [min, max], '[min, max] with 0 <= min <= max');
    return () => min + this.random.float() * (max - min);
  }

  #longTail({ median, p99 }: LongTail): () => Millis {
    if (!(median > 0 && p99 >= median && p99 < Infinity))
      throw new InvalidDegradationError('latency', { median, p99 }, '0 < median <= p99');
    const sigma = Math.log(p99 / median) / Z99;
    return () => median * Math.exp(sigma * this.#normal());
  }

  /** Box and Muller, 1958. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random.float()));
    return radius * Math.cos(2 * Math.PI * this.random.float());
  }
}

function share(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw new InvalidDegradationError(name, value, '0 to 1');
  return value;
}
