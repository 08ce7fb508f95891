import type { ResolvedOptions } from '../beethoven.options.js';
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
  /** The address or network beyond loopback that the options ask for, if they do. */
  readonly exposed: string | undefined;
}

/** @param machine the addresses of this machine */
export function bindPlan(options: ResolvedOptions, machine: readonly string[]): BindPlan {
  const range = Ipv4Range.of(options.clusterNet, options.clusterNetMask);
  const inside = machine.find((address) => range.includes(parseIpv4(address) ?? -1));
  const own = inside ?? machine.find((address) => !loopback(address)) ?? LOOPBACK;
  const dialled = (bound: string): string => (bound === WILDCARD ? own : bound);

  const explicit = options.listenerAddress;
  if (explicit !== undefined) {
    const exposed = loopback(explicit) ? undefined : explicit;
    return { range, candidates: [explicit], spare: explicit, dialled, exposed };
  }
  if (isLoopback(range.first)) {
    const count = Math.min(range.size, MAX_CANDIDATES);
    const candidates = Array.from({ length: count }, (_, index) => formatIpv4(range.at(index)));
    return { range, candidates, spare: formatIpv4(range.first), dialled, exposed: undefined };
  }
  const candidates = inside === undefined ? [] : [inside];
  return { range, candidates, spare: own, dialled, exposed: inside ?? range.toString() };
}

function loopback(address: string): boolean {
  const number = parseIpv4(address);
  return number !== undefined && isLoopback(number);
}
