import { Resolver, lookup } from 'node:dns/promises';

/** Where a service of a name is (an SRV record). */
export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
}

/**
 * The port through which names become addresses. Both reject where there is nothing under the name.
 *
 * `servers` are asked, `address` or `address:port`; with none of them, whomever the machine asks.
 */
export interface NameLookup {
  /** The IPv4 addresses of a name. */
  addresses(name: string, servers: readonly string[]): Promise<readonly string[]>;
  /** The services under a name such as `_beethoven._tcp.shop.internal`. */
  services(name: string, servers: readonly string[]): Promise<readonly ServiceRecord[]>;
}

/** Injection token of the {@link NameLookup}. */
export const NAME_LOOKUP = Symbol('beethoven:name-lookup');

/** A server that does not answer costs this long (ms), twice. */
const TIMEOUT = 2_000;

/** Asks as every other program of this machine does (hosts file, then DNS), or the given servers, by DNS alone. */
export const systemNameLookup: NameLookup = {
  async addresses(name, servers) {
    if (servers.length > 0) return resolver(servers).resolve4(name);
    const found = await lookup(name, { all: true, family: 4 });
    return found.map(({ address }) => address);
  },
  services: (name, servers) => resolver(servers).resolveSrv(name),
};

/** One for each question: a resolver that is kept would go on asking the servers that the machine had when it was made. */
function resolver(servers: readonly string[]): Resolver {
  const made = new Resolver({ timeout: TIMEOUT, tries: 2 });
  if (servers.length > 0) made.setServers(servers);
  return made;
}

/** A network without a name server: every name is unknown. */
export const noNames: NameLookup = {
  addresses: () => Promise.resolve([]),
  services: () => Promise.resolve([]),
};
