import type { Millis } from '../../libs/beethoven/src/protocol/terms.js';
import { DEFAULTS } from './defaults.js';
import { form } from './scenarios.js';
import type { ScaleWorld } from './scale-world.js';

/** Worlds of one size. One is shared by the measures that leave it as they found it: to form a cluster of thousands takes minutes. */
export class Stage {
  #shared: { readonly world: ScaleWorld; readonly took: Millis } | undefined;

  constructor(
    readonly nodes: number,
    private readonly seed: number,
    readonly repeats: number,
    private readonly latency: Millis,
  ) {}

  /** The shared one, and how long it took to form (ms). */
  get shared(): { readonly world: ScaleWorld; readonly took: Millis } {
    return (this.#shared ??= this.fresh(0));
  }

  fresh(index: number, loss = 0): { readonly world: ScaleWorld; readonly took: Millis } {
    const { nodes, seed, latency } = this;
    return form({ nodes, seed: seed + index, latency, loss, config: DEFAULTS });
  }
}
