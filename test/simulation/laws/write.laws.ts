import type { Life } from '../life.js';
import type { Peace } from '../peace.js';

interface Written<What> {
  readonly what: What;
  /** The lives that had the row when its transaction was acknowledged. */
  readonly copies: readonly Life[];
}

const survivor = ({ copies }: Written<unknown>): Life | undefined =>
  copies.find(({ isUp }) => isUp);

/** What the application was promised about its writes. */
export class WriteLaws {
  readonly #orders: Written<string>[] = [];
  readonly #counts = new Map<string, Written<number>[]>();

  constructor(
    private readonly peace: Peace,
    private readonly broken: (law: string, seen: string) => void,
  ) {}

  ordered(order: string, copies: readonly Life[]): void {
    this.#orders.push({ what: order, copies });
  }

  /** @param value what the counter came to */
  counted(counter: string, value: number, copies: readonly Life[]): void {
    const counts = this.#counts.get(counter) ?? [];
    this.#counts.set(counter, counts);
    const same = counts.find(({ what }) => what === value);
    // Each side of a partition counts for itself, and the later row wins.
    if (same !== undefined && survivor(same) !== undefined && this.peace.isUnbroken)
      this.broken(
        'of two increments, one sees the other',
        `${counter} came to ${value} twice, and ${survivor(same)?.name} knew`,
      );
    counts.push({ what: value, copies });
  }

  /** To be asked once all copies are the same: what this one lacks is lost. */
  check({ name, clerk }: Life): void {
    if (clerk === undefined) return;
    for (const order of this.#orders) {
      const witness = survivor(order);
      if (witness !== undefined && !clerk.orders.has(order.what))
        this.broken(
          'an acknowledged row is not lost while a copy of it lives',
          `${name} lacks order ${order.what}, which ${witness.name} had when it was acknowledged`,
        );
    }
    if (!this.peace.isUnbroken) return;
    for (const [counter, counts] of this.#counts) {
      const known = counts.filter((count) => survivor(count) !== undefined);
      const least = Math.max(0, ...known.map(({ what }) => what));
      const value = clerk.counters.get(counter)?.value ?? 0;
      if (value < least)
        this.broken(
          'an acknowledged increment is not lost while a copy of it lives',
          `${name} has ${value} for ${counter}, which was ${least} already`,
        );
    }
  }
}
