/** The name of a simulated machine. Its processes come and go, its cables stay. */
export type Host = string;

/** A way from one host to another; without a name, from or to everyone. */
export interface Way {
  readonly from?: Host | undefined;
  readonly to?: Host | undefined;
}

/** Part of the network that is cut, until it is healed. */
export interface Cut {
  /** Ends this cut, and no other that lies over it. */
  heal(): void;
}

/** Several cuts that end together. */
export const allOf = (cuts: readonly Cut[]): Cut => ({
  heal: () => {
    for (const cut of cuts) cut.heal();
  },
});

const EVERYONE = '*';

/** Which ways are cut. Cuts may overlap: a way is open again once each of them has ended. */
export class Cuts {
  /** How many cuts lie over a way, by `from` and `to`. */
  readonly #depth = new Map<Host, Map<Host, number>>();
  #live = new Set<readonly Way[]>();

  /** @returns ends it again; harmless a second time */
  add(ways: readonly Way[]): () => void {
    this.#live.add(ways);
    for (const way of ways) this.#deepen(way, 1);
    return () => {
      if (this.#live.delete(ways)) for (const way of ways) this.#deepen(way, -1);
    };
  }

  /** A host always reaches itself. */
  isCut(from: Host, to: Host): boolean {
    if (this.#live.size === 0 || from === to) return false;
    return [from, EVERYONE].some((one) => this.#lies(one, to) || this.#lies(one, EVERYONE));
  }

  clear(): void {
    this.#live.clear();
    this.#depth.clear();
  }

  #lies(from: Host, to: Host): boolean {
    return (this.#depth.get(from)?.get(to) ?? 0) > 0;
  }

  #deepen({ from = EVERYONE, to = EVERYONE }: Way, by: number): void {
    const row = this.#depth.get(from) ?? new Map<Host, number>();
    this.#depth.set(from, row.set(to, (row.get(to) ?? 0) + by));
  }
}
