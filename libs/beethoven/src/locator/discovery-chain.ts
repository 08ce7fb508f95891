import type { Clock } from '../network/clock.js';
import type { Whereabouts } from '../network/whereabouts.js';
import { parseSeed } from '../protocol/locator/seed.js';
import type { Target } from '../protocol/locator/target.js';
import type { DiscoveryContext, DiscoverySource } from './discovery-source.js';
import type { SearchJournal } from './search-journal.js';
import type { SeedResolver } from './seed-resolver.js';

/** Of one answer of a source, so many addresses count: one that never ends is asked anew. */
export const MAX_ANSWER = 1_024;

/** Somewhere to call, and who said so. */
export interface Find {
  readonly source: string;
  readonly target: Target;
}

/** All sources, asked together, in rounds: whoever is slow keeps nobody waiting, and nobody is asked while still answering. */
export class DiscoveryChain {
  readonly #answering = new Map<DiscoverySource, Promise<void>>();
  readonly #abort = new AbortController();
  /** Called with each address that a source gives. */
  onFind: (find: Find) => void = () => {};

  constructor(
    private readonly sources: readonly DiscoverySource[],
    private readonly resolver: SeedResolver,
    private readonly journal: SearchJournal,
    private readonly clock: Clock,
    /** Asked when it is needed: this node must have its identity then. */
    private readonly context: () => Omit<DiscoveryContext, 'signal'>,
    private readonly whereabouts: Pick<Whereabouts, 'learn'>,
  ) {}

  /** Asks every source that is not still answering. Resolves when all have answered; never rejects. */
  async round(): Promise<void> {
    for (const source of this.sources) {
      if (this.#answering.has(source) || this.#abort.signal.aborted) continue;
      const answer = this.#ask(source).finally(() => this.#answering.delete(source));
      this.#answering.set(source, answer);
    }
    await Promise.all(this.#answering.values());
  }

  /** Nobody is asked any more, and what is still answered is not heard. */
  stop(): void {
    this.#abort.abort();
    this.onFind = () => {};
  }

  async #ask(source: DiscoverySource): Promise<void> {
    const { signal } = this.#abort;
    const { name } = source;
    const context = { ...this.context(), signal };
    const lookups: Promise<void>[] = [];
    this.journal.asked(name);
    try {
      for await (const text of source.addresses(context)) {
        if (signal.aborted) return;
        const seed = parseSeed(text, context.defaultPort);
        if (seed === undefined) throw new Error(`"${text.slice(0, 64)}" is no address.`);
        lookups.push(this.#found(name, seed));
        if (lookups.length === MAX_ANSWER) break;
      }
    } catch (error) {
      this.journal.troubled(name, error instanceof Error ? error.message : String(error));
    }
    await Promise.all(lookups);
  }

  async #found(source: string, seed: Target): Promise<void> {
    const targets = await this.resolver.resolve(seed);
    const trouble = this.resolver.trouble(seed.host);
    if (trouble !== undefined) this.journal.troubled(source, trouble);
    for (const target of targets) {
      this.journal.found(source, target, this.clock.now());
      this.whereabouts.learn(target.host);
      this.onFind({ source, target });
    }
  }
}
