import type { ResolvedOptions } from '../beethoven.options.js';
import type { Network } from '../network/network.js';
import { Ipv4Range, formatIpv4, isLoopback, parseIpv4 } from '../protocol/ipv4.js';

/** So many addresses of a loopback network are tried at most: more nodes than these never share one machine. */
export const MAX_CANDIDATES = 4_096;

const WILDCARD = '0.0.0.0';
const LOOPBACK = '127.0.0.1';

/** Where a Beacon tries to listen. */
export interface BindPlan {
  /** The network asked for; its hosts are what other nodes scan. */
  readonly range: Ipv4Range;
  /** Tried in this order on the well-known port. Empty where this machine has no address in the cluster's network. */
  readonly candidates: readonly string[];
  /** Listens on a free port where no candidate can have the well-known one. */
  readonly spare: string;
  /** What others dial where the Beacon listens on every address. */
  readonly dialled: (bound: string) => string;
  /** Whether this machine has no address at all that others could reach: its interfaces are not up yet. */
  readonly isOffline: boolean;
  /** The address or network beyond loopback that the options ask for, if they do. */
  readonly exposed: string | undefined;
}

/** What a machine knows of its own addresses. */
type Machine = Pick<Network, 'addresses' | 'ownAddresses'>;

export function bindPlan(options: ResolvedOptions, network: Machine): BindPlan {
  const range = Ipv4Range.of(options.clusterNet, options.clusterNetMask);
  const machine = network.addresses();
  const inRange = (address: string): boolean => range.includes(parseIpv4(address) ?? -1);
  // What waits for a cable is asked for only where nothing else is in the network: it takes reading a file.
  const inside = machine.find(inRange) ?? network.ownAddresses().find(inRange);
  const own = inside ?? machine.find((address) => !loopback(address)) ?? LOOPBACK;
  const dialled = (bound: string): string => (bound === WILDCARD ? own : bound);

  const explicit = options.listenerAddress;
  if (explicit !== undefined) {
    const exposed = loopback(explicit) ? undefined : explicit;
    return { range, candidates: [explicit], spare: explicit, dialled, exposed, isOffline: false };
  }
  if (isLoopback(range.first)) {
    const count = Math.min(range.size, MAX_CANDIDATES);
    const candidates = Array.from({ length: count }, (_, index) => formatIpv4(range.at(index)));
    const spare = formatIpv4(range.first);
    return { range, candidates, spare, dialled, exposed: undefined, isOffline: false };
  }
  const candidates = inside === undefined ? [] : [inside];
  const exposed = inside ?? range.toString();
  return { range, candidates, spare: own, dialled, exposed, isOffline: loopback(own) };
}

function loopback(address: string): boolean {
  const number = parseIpv4(address);
  return number !== undefined && isLoopback(number);
}
