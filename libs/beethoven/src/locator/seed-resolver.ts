import { Logger } from '@nestjs/common';
import { parseIpv4 } from '../protocol/ipv4.js';
import type { Target } from '../protocol/locator/target.js';
import type { NameLookup } from './name-lookup.js';

/** A name may stand for so many addresses; more are left out until those are gone. */
export const MAX_ADDRESSES = 64;

/** Names whose trouble is remembered; the oldest goes first. */
export const MAX_TROUBLES = 1_024;

/** By RFC 2782, the name of a service begins with `_service._protocol`. */
const SERVICE = /^_[^.]+\._(tcp|udp)\./i;

/** Turns what may be a name into addresses, anew at each call: behind a name, addresses come and go. */
export class SeedResolver {
  readonly #logger = new Logger('LocatorService');
  readonly #pending = new Map<string, Promise<readonly Target[]>>();
  readonly #troubles = new Map<string, string>();

  constructor(
    private readonly lookup: NameLookup,
    private readonly servers: readonly string[],
  ) {}

  /**
   * Never rejects: a name without an address has no targets, and is told of in the log, once until it has one. A service has its own
   * ports.
   */
  async resolve({ host, port }: Target): Promise<readonly Target[]> {
    if (parseIpv4(host) !== undefined) return [{ host, port }];
    const key = `${host}:${port}`;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#ask(host, port).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  /** Why a name had no address when it was last looked up; `undefined` where it had one. */
  trouble(name: string): string | undefined {
    return this.#troubles.get(name);
  }

  async #ask(name: string, port: number): Promise<readonly Target[]> {
    try {
      const found = SERVICE.test(name) ? await this.#services(name) : await this.#hosts(name, port);
      if (this.#troubles.delete(name)) this.#logger.log(`The seed "${name}" has an address again.`);
      return found.slice(0, MAX_ADDRESSES);
    } catch (error) {
      this.#complain(name, error instanceof Error ? error.message : String(error));
      return [];
    }
  }

  async #hosts(name: string, port: number): Promise<readonly Target[]> {
    const answer = await this.lookup.addresses(name, this.servers);
    return answer
      .slice(0, MAX_ADDRESSES)
      .filter((address) => parseIpv4(address) !== undefined)
      .map((host) => ({ host, port }));
  }

  /** One host of a service that has no address keeps nobody from the others. */
  async #services(name: string): Promise<readonly Target[]> {
    const records = await this.lookup.services(name, this.servers);
    const hosts = await Promise.allSettled(
      records.slice(0, MAX_ADDRESSES).map((record) => this.#hosts(record.name, record.port)),
    );
    return hosts.flatMap((host) => (host.status === 'fulfilled' ? host.value : []));
  }

  #complain(name: string, why: string): void {
    if (!this.#troubles.has(name))
      this.#logger.warn(
        `The seed "${name}" has no address: ${why}. It is looked up again at each attempt.`,
      );
    this.#troubles.set(name, why);
    const [oldest] = this.#troubles.keys();
    if (this.#troubles.size > MAX_TROUBLES && oldest !== undefined) this.#troubles.delete(oldest);
  }
}
