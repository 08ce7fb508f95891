import type { Life } from '../life.js';
import type { Peace } from '../peace.js';

/** What the application was promised about its writes. */
export class WriteLaws {
  /** The lives that had the row when its transaction was acknowledged, by order. */
  readonly #orders = new Map<string, readonly Life[]>();
  readonly #counts = new Map<string, { asked: number; acknowledged: number }>();

  constructor(private readonly peace: Peace) {}

  acknowledged(order: string, copies: readonly Life[]): void {
    this.#orders.set(order, copies);
  }

  asked(counter: string): void {
    this.#of(counter).asked++;
  }

  counted(counter: string): void {
    this.#of(counter).acknowledged++;
  }

  /** What is missing from this copy; `undefined` when nothing is. To be asked once all copies are the same. */
  missing(life: Life): { law: string; seen: string } | undefined {
    const { clerk } = life;
    if (clerk === undefined) return undefined;
    for (const [order, copies] of this.#orders) {
      const survivor = copies.find((copy) => copy.isUp);
      if (survivor !== undefined && !clerk.orders.has(order))
        return {
          law: 'an acknowledged row is not lost while a copy of it lives',
          seen: `${life.name} lacks order ${order}, which ${survivor.name} had when it was acknowledged`,
        };
    }
    // Two sides of a partition count each for itself, and the later row wins.
    if (!this.peace.isUnbroken) return undefined;
    for (const [counter, { asked, acknowledged }] of this.#counts) {
      const value = clerk.counters.get(counter)?.value ?? 0;
      if (value < acknowledged || value > asked)
        return {
          law: 'acknowledged increments are counted, each once',
          seen: `${life.name} has ${value} for ${counter}; ${acknowledged} of ${asked} were acknowledged`,
        };
    }
    return undefined;
  }

  #of(counter: string): { asked: number; acknowledged: number } {
    const counts = this.#counts.get(counter) ?? { asked: 0, acknowledged: 0 };
    this.#counts.set(counter, counts);
    return counts;
  }
}
