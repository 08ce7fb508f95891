import { Logger } from '@nestjs/common';
import { parseIpv4 } from '../protocol/ipv4.js';
import type { Target } from '../protocol/locator/target.js';
import type { NameLookup } from './name-lookup.js';

/** A name may stand for so many addresses; more are left out until those are gone. */
export const MAX_ADDRESSES = 64;

/** Turns what may be a name into addresses, anew at each call: behind a name, addresses come and go. */
export class SeedResolver {
  readonly #logger = new Logger('LocatorService');
  readonly #pending = new Map<string, Promise<readonly string[]>>();
  readonly #unknown = new Set<string>();

  constructor(private readonly lookup: NameLookup) {}

  /** Never rejects: a name without an address has no targets, and is told of in the log, once until it has one. */
  async resolve({ host, port }: Target): Promise<readonly Target[]> {
    if (parseIpv4(host) !== undefined) return [{ host, port }];
    let pending = this.#pending.get(host);
    if (pending === undefined) {
      pending = this.#ask(host).finally(() => this.#pending.delete(host));
      this.#pending.set(host, pending);
    }
    return (await pending).map((address) => ({ host: address, port }));
  }

  async #ask(name: string): Promise<readonly string[]> {
    try {
      const answer = await this.lookup(name);
      const found = answer.slice(0, MAX_ADDRESSES).filter((text) => parseIpv4(text) !== undefined);
      if (this.#unknown.delete(name)) this.#logger.log(`The seed "${name}" has an address again.`);
      return found;
    } catch (error) {
      if (!this.#unknown.has(name)) {
        this.#unknown.add(name);
        this.#logger.warn(
          `The seed "${name}" has no address: ${error instanceof Error ? error.message : String(error)}. It is looked up again at each attempt.`,
        );
      }
      return [];
    }
  }
}
