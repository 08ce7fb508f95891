import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  EMPTY,
  ReplaySubject,
  Subject,
  defer,
  distinctUntilChanged,
  takeUntil,
  throwError,
  type Observable,
} from 'rxjs';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { InvalidRangeError } from '../errors/invalid-range.error.js';
import { RangeTooLargeError } from '../errors/range-too-large.error.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { Identity } from '../network/identity.js';
import { Mesh } from '../network/mesh.js';
import { DISC, type Disc } from '../network/disc.js';
import { MULTICAST_DNS, type MulticastDns } from '../network/multicast-dns.js';
import { Whereabouts } from '../network/whereabouts.js';
import { RANDOM } from '../network/random.js';
import { Ipv4Range, formatIpv4 } from '../protocol/ipv4.js';
import { Redials } from '../protocol/locator/redials.js';
import { Sweep } from '../protocol/locator/sweep.js';
import type { Target } from '../protocol/locator/target.js';
import { Watch } from '../protocol/locator/watch.js';
import type { Random } from '../protocol/random.js';
import { parseNodeId, type Endpoint, type PeerCard } from '../protocol/terms.js';
import { DiscoveryChain } from './discovery-chain.js';
import type { DiscoverySource } from './discovery-source.js';
import { LastSeenPeers } from './last-seen-peers.js';
import { MulticastSource } from './multicast-source.js';
import { NAME_LOOKUP, type NameLookup } from './name-lookup.js';
import { Reach } from './reach.js';
import { scan, type ScanProgress } from './scan.js';
import { SearchJournal, type SourceReport } from './search-journal.js';
import { CALL_TIME, RANGE, Seek, type Location } from './seek.js';
import { SeedResolver } from './seed-resolver.js';
import { Watcher } from './watcher.js';

/**
 * `seeking`: looking for a cluster, as fast as it may. `watching`: located, and looking on for ever, slowly, for nodes and clusters of the same
 * name that are not linked yet. `stopped`: not looking.
 */
export type LocatorPhase = 'seeking' | 'watching' | 'stopped';

/** `hosts()` lists no more than a /16 has. */
const MAX_HOSTS = 65_534;

/** Finds the other nodes of the cluster: where the sources of the options say, and in the whole network that they name. */
@Injectable()
export class LocatorService {
  readonly #logger = new Logger(LocatorService.name);
  readonly #range: Ipv4Range;
  readonly #journal = new SearchJournal();
  readonly #lastSeen: LastSeenPeers | undefined;
  readonly #chain: DiscoveryChain;
  readonly #reach: Reach;
  readonly #sweep: Sweep;
  readonly #phases = new ReplaySubject<LocatorPhase>(1);
  readonly #stop = new Subject<void>();
  #stopped = false;
  #lost: () => Iterable<Endpoint> = () => [];
  #location: Promise<Location> | undefined;
  #seek: Seek | undefined;
  #watcher: Watcher | undefined;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(NAME_LOOKUP) lookup: NameLookup,
    @Inject(DISC) disc: Disc,
    @Inject(MULTICAST_DNS) multicast: MulticastDns | undefined,
    private readonly identity: Identity,
    private readonly mesh: Mesh,
    private readonly whereabouts: Whereabouts,
  ) {
    this.#range = Ipv4Range.of(options.clusterNet, options.clusterNetMask);
    const { discovery, dataDir, clusterName } = options;
    if (dataDir !== undefined && discovery.includes('last-seen'))
      this.#lastSeen = new LastSeenPeers(dataDir, clusterName, disc, clock);
    this.#chain = new DiscoveryChain(
      this.#sources(multicast && new MulticastSource(multicast, clock, random)),
      new SeedResolver(lookup, options.nameServers),
      this.#journal,
      clock,
      () => this.#context(),
      whereabouts,
    );
    this.#reach = new Reach(clock, identity, mesh);
    this.#sweep = new Sweep(discovery.includes(RANGE) ? this.#range : undefined, random);
    this.#phases.next('stopped');
    mesh.onLinkUp((peer) => {
      this.#reach.changed();
      this.#lastSeen?.seen(peer, (id) => mesh.isLinked(id));
      this.#seek?.end('clustered');
    });
    mesh.onLinkDown(() => {
      this.#reach.changed();
      this.#watcher?.hurry();
    });
  }

  /** The phase now, then each change; completes once the node has stopped. */
  get phase$(): Observable<LocatorPhase> {
    return this.#phases.pipe(distinctUntilChanged());
  }

  /**
   * Where to look for members that were lost. Asked every second while watching after a link has ended, and every 5 s otherwise: an endpoint is dialled, after longer and longer
   * pauses up to 10 s, for as long as it is named here and not linked.
   */
  remember(lost: () => Iterable<Endpoint>): void {
    this.#lost = lost;
  }

  /**
   * Looks for the cluster: what the sources give, then the whole network, up to `seekAttempts` times, and resolves as soon as a node is linked,
   * whichever side called. A pass takes a quarter of a second in a silent /24 and is cut at 5 s in a large network (/19 and
   * larger, where nobody answers); the rest of it is left to the next pass and to watching, which begins now and never ends.
   *
   * @throws DuplicateNodeIdError where a live node of the cluster has the id of this one; it does not watch then
   */
  start(): Promise<Location> {
    this.#location ??= this.#locate();
    return this.#location;
  }

  /** Resolves once everyone who was called while seeking has answered, or has had the time to: half a second at most. */
  async answered(): Promise<void> {
    await this.#seek?.answered();
  }

  /** Ends seeking, watching and scans. A search under way resolves to what was known. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#seek?.end('standalone');
    this.#watcher?.stop();
    this.#chain.stop();
    void this.#lastSeen?.stop();
    this.#stop.next();
    this.#stop.complete();
    this.#phases.next('stopped');
    this.#phases.complete();
  }

  /**
   * Asks every host of a network whether a Beacon of this cluster listens there. Joins none, and can be run at any time: each
   * subscription is a scan of its own, and unsubscribing ends it.
   *
   * @param range `network/prefix`, for example `'10.0.4.0/24'`, prefix 8 to 32; without it the cluster's network
   * @returns the progress; errors with InvalidRangeError
   *
   * @example
   * ```ts
   * locator.scan().subscribe(({ probed, total, found }) => {
   *   for (const { address, node } of found) console.log(`${probed}/${total}: ${node.id} at ${address}`);
   * });
   * ```
   */
  scan(range?: string): Observable<ScanProgress> {
    const hosts = range === undefined ? this.#range : Ipv4Range.parse(range);
    if (hosts === undefined) return throwError(() => new InvalidRangeError(range ?? ''));
    return defer(() =>
      this.#stopped
        ? EMPTY
        : scan(hosts, this.options.listenerPort, this.random, (target) => this.#ask(target)),
    ).pipe(takeUntil(this.#stop));
  }

  /**
   * The hosts of the cluster's network, ascending, up to the 65,534 of a /16.
   * @throws RangeTooLargeError for a larger network
   */
  hosts(): readonly string[] {
    const { size } = this.#range;
    if (size > MAX_HOSTS) throw new RangeTooLargeError(this.#range.toString(), size, MAX_HOSTS);
    return Array.from(this.#range, formatIpv4);
  }

  /**
   * What was tried to find other nodes, what answered, and why not: for each source, and for the members that were lost. A node that sits
   * alone although others should be there says here what is wrong.
   */
  report(): readonly SourceReport[] {
    return this.#journal.report();
  }

  async #locate(): Promise<Location> {
    if (this.#stopped) return 'standalone';
    this.#phases.next('seeking');
    const [linked] = this.mesh.links();
    const location = linked === undefined ? await this.#lookAround() : 'clustered';
    if (this.#stopped) return location;
    this.#phases.next('watching');
    this.#watcher = this.#newWatcher();
    this.#watcher.start();
    return location;
  }

  async #lookAround(): Promise<Location> {
    const { clock, random, options, identity, mesh } = this;
    const where = `cluster "${options.clusterName}" in ${this.#range.toString()}, port ${options.listenerPort}`;
    this.#logger.log(`Looking for ${where}.`);
    this.#seek = new Seek({
      clock,
      random,
      options,
      identity,
      mesh,
      reach: this.#reach,
      sweep: this.#sweep,
      chain: this.#chain,
      journal: this.#journal,
    });
    try {
      const location = await this.#seek.run();
      if (location === 'standalone' && !this.#stopped)
        this.#logger.log(`Nobody answered: standalone. Watching for ${where}.`);
      return location;
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  #newWatcher(): Watcher {
    const { clock, random, mesh, options } = this;
    const redials = new Redials(random);
    return new Watcher({
      clock,
      random,
      mesh,
      reach: this.#reach,
      watch: new Watch(this.#sweep, redials, options.listenerPort, random, clock.now()),
      redials,
      chain: this.#chain,
      journal: this.#journal,
      lost: () => this.#lostTargets(),
    });
  }

  #sources(multicast: MulticastSource | undefined): DiscoverySource[] {
    const { discovery, seeds } = this.options;
    return discovery.flatMap((source) => {
      if (typeof source !== 'string') return [source];
      if (source === 'seeds' && seeds.length > 0) return [listed(source, seeds)];
      if (source === 'multicast-dns') return multicast ?? [];
      return source === 'last-seen' ? (this.#lastSeen ?? []) : [];
    });
  }

  #context() {
    const { clusterName, listenerPort: defaultPort } = this.options;
    const self = parseNodeId(this.identity.id) ?? { name: '', address: '', port: 0 };
    return { clusterName, defaultPort, self };
  }

  *#lostTargets(): Iterable<Target> {
    for (const { address, port } of this.#lost())
      if (this.whereabouts.isKnown(address)) yield { host: address, port };
  }

  async #ask(target: Target): Promise<PeerCard | undefined> {
    if (this.#reach.isSelf(target)) return this.identity.card;
    const outcome = await this.mesh.ask(target.host, target.port, CALL_TIME);
    return 'found' in outcome ? outcome.found : undefined;
  }
}

/** A source that always says the same. */
function listed(name: string, list: readonly string[]): DiscoverySource {
  return {
    name,
    async *addresses() {
      yield* list;
    },
  };
}
