import type { Endpoint } from '../protocol/terms.js';

/** What a source is told. */
export interface DiscoveryContext {
  readonly clusterName: string;
  /** The port of an address that has none: `listenerPort`. */
  readonly defaultPort: number;
  /** This node: a source may make it known to others. */
  readonly self: Endpoint;
  /** Fires when the node stops looking. */
  readonly signal: AbortSignal;
}

/**
 * Where other nodes may be. A source is asked again and again for as long as the node runs, and each address that it gives is called,
 * all sources together no more than ten times a second once the node has its place.
 *
 * @example
 * ```ts
 * const consul: DiscoverySource = {
 *   name: 'consul',
 *   async *addresses() {
 *     for (const { Address, Port } of await catalogue('shop')) yield `${Address}:${Port}`;
 *   },
 * };
 * BeethovenModule.forRoot({ discovery: [consul, 'seeds'] });
 * ```
 */
export interface DiscoverySource {
  /** For the log, and for `LocatorService.report()`. */
  readonly name: string;
  /**
   * Asked at each attempt of the search, and afterwards every second to every ten seconds, but never while an earlier question is still being
   * answered. Gives `host:port`, or a host alone; a host is an IPv4 address or a DNS name, and of one answer the first 1,024 count. What it
   * throws is in the report, and it is asked again.
   */
  addresses(context: DiscoveryContext): AsyncIterable<string>;
}

/** The sources that are built in, by their names. */
export type BuiltInSource =
  /** Nodes that this one was linked with, also in an earlier life; needs `dataDir`. */
  | 'last-seen'
  /** The option `seeds`. */
  | 'seeds'
  /** Multicast DNS: the nodes on the same link; needs the package `multicast-dns`. */
  | 'multicast-dns'
  /** Every host of `clusterNet`, in random order. */
  | 'range';
