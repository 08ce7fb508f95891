import { lookup } from 'node:dns/promises';

/** Finds the IPv4 addresses of a name; rejects where there are none. */
export type NameLookup = (name: string) => Promise<readonly string[]>;

/** Injection token of the {@link NameLookup}. */
export const NAME_LOOKUP = Symbol('beethoven:name-lookup');

/** Asks as every other program of this machine does: hosts file, then DNS. */
export const systemNameLookup: NameLookup = async (name) => {
  const found = await lookup(name, { all: true, family: 4 });
  return found.map(({ address }) => address);
};
