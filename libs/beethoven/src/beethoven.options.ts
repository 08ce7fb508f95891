import type { Type } from '@nestjs/common';
import type { BuiltInSource, DiscoverySource } from './locator/discovery-source.js';
import type { EvictionNoticeSource } from './eviction/eviction-notice.js';
import type { Certificate } from './network/security/certificate-credentials.js';
import type { OnRoleStart } from './role-mgmt/role-hooks.js';

/** A role by configuration, for a class that carries no `@Role`. */
export interface ConfiguredRole {
  /** Unique in the cluster. */
  readonly name: string;
  /** The class to activate; each activation is a new instance from Nest's injector. */
  readonly role: Type<OnRoleStart>;
  /** Handed to every activation as `context.args`. */
  readonly args?: unknown;
  /** Instances to keep running in the whole cluster, at most one on a node; at least 1. */
  readonly instances: number;
}

/** How a silent member is found out. Shorter times find it sooner and blame slow members more often. */
export interface FailureDetectionOptions {
  /**
   * Where this node's heart beats. `'worker'`: in a thread of its own, over UDP on the number of `listenerPort`, so that a blocked
   * event loop is `stalled` and not dead (about 8 MiB). `'main'`: in the main thread, over the links; a node whose event loop is blocked
   * for longer than a suspicion lasts is then declared down.
   * @default 'worker'
   */
  readonly heartbeat?: 'worker' | 'main' | undefined;
  /**
   * In each such time this node beats for one other member, and expects a beat from one (ms, 50 to 60,000); one that stays away is probed.
   * @default 250
   */
  readonly probeInterval?: number | undefined;
  /**
   * Time that a probed member has to answer before it is asked in other ways: over its link, and by others (ms, 10 up to `probeInterval`).
   * @default 150, or `probeInterval` where that is less
   */
  readonly probeTimeout?: number | undefined;
  /**
   * How many others are asked to probe a silent member (0 to 10). More forgive a lossy network, and cost messages.
   * @default 3
   */
  readonly indirectProbes?: number | undefined;
  /**
   * A suspicion confirmed by others lasts this × log10(members), at least 1, × `probeInterval` (1 to 20). A suspect that answers over
   * its link alone, because its heartbeats come from its main thread or datagrams do not pass, is given four times as long.
   * @default 2
   */
  readonly suspicionMultiplier?: number | undefined;
  /**
   * How long a node may be stalled before its roles move to others (ms, 1,000 to 3,600,000). The epoch of a slot fences what it still
   * does when it wakes.
   * @default 10000
   */
  readonly stallTimeout?: number | undefined;
}

/**
 * What each side of a partition does. `'keep-all'`: goes on, with every role and transaction. `'static-quorum'`: goes on with `quorum`
 * roles and transactions where at least `quorumSize` members are; no more than 2 × `quorumSize` − 1 processes may run at a time, so for N
 * nodes: N / 2 rounded down, + 1. `'keep-majority'`: goes on where more than half of the members of before are; half of them is not enough.
 * Two clusters that were formed apart are two, until they meet. The same strategy on every node.
 */
export type SplitBrainOptions =
  | { readonly strategy: 'keep-all' | 'keep-majority' }
  | {
      readonly strategy: 'static-quorum';
      /** 1 to 10,000. */
      readonly quorumSize: number;
    };

/** What `BeethovenModule.forRoot()` takes. Everything has a default. */
export interface BeethovenOptions {
  /**
   * Nodes of another cluster name never join, whatever port they share.
   * @default 'beethoven'
   */
  readonly clusterName?: string | undefined;
  /**
   * The node's name; its id is `name@address:port`.
   * @default `<hostname>-<pid>`
   */
  readonly nodeName?: string | undefined;
  /**
   * The IPv4 network that the Locator scans. An unaligned address is masked to its network.
   * @default '127.0.0.0'
   */
  readonly clusterNet?: string | undefined;
  /**
   * Prefix length of the network, 8 to 32.
   * @default 29
   */
  readonly clusterNetMask?: number | string | undefined;
  /**
   * Where the Beacon binds.
   * @default the machine's own address inside `clusterNet`; in a loopback network its first free host address
   */
  readonly listenerAddress?: string | undefined;
  /**
   * The Beacon's port (1 to 65,535); the same on every node.
   * @default 33000
   */
  readonly listenerPort?: number | undefined;
  /**
   * Random back-off between two seek attempts (ms, inclusive range).
   * @default [150, 300]
   */
  readonly commonRandomBackoff?: readonly [number, number] | undefined;
  /**
   * Scans before the node settles for standalone (1 to 100). It goes on watching afterwards.
   * @default 3
   */
  readonly seekAttempts?: number | undefined;
  /**
   * `host:port`, or a host name or address alone (then `listenerPort`), tried before the scan. A name is resolved again at each attempt, all of
   * its IPv4 addresses count (up to 64), and `_service._tcp.domain` stands for the hosts and ports of its SRV records.
   * @default []
   */
  readonly seeds?: readonly string[] | undefined;
  /**
   * Where other nodes are looked for: sources that are built in, by their names, and sources of your own. All are asked together, again and
   * again; without `'range'` no network is scanned. `'multicast-dns'` finds the nodes of the same link and makes this one known to them; it
   * needs the package `multicast-dns`, and the start fails with a MissingPackageError without it.
   * @default ['last-seen', 'seeds', 'range']
   */
  readonly discovery?: readonly (BuiltInSource | DiscoverySource)[] | undefined;
  /**
   * DNS servers that resolve the names of seeds, `address` or `address:port` (Consul: `'127.0.0.1:8600'`).
   * @default those of the machine, and its hosts file
   */
  readonly nameServers?: readonly string[] | undefined;
  /**
   * A directory that outlives the process: the last 64 nodes that were met are remembered there, and tables with `storage: 'disc'` live
   * there. Processes of one machine may share it, unless they have such tables: then each needs its own.
   * @default none: nothing is written
   */
  readonly dataDir?: string | undefined;
  /**
   * In Azure: takes `clusterNet` and `clusterNetMask` from the subnet of the machine's primary network interface, and drains before
   * the machine is evicted, stopped or moved (see `AzureService`). Elsewhere it costs the start 500 ms at most, and changes nothing.
   * @default false
   */
  readonly useAzNet?: boolean | undefined;
  /**
   * Where the cloud's metadata service answers: an `http:` URL without a path. For tests, and for a relay where a container cannot
   * reach the service itself. Never asked without `useAzNet` or `evictionNotices`.
   * @default 'http://169.254.169.254'
   */
  readonly metadataEndpoint?: string | undefined;
  /**
   * Who else may announce that this machine is to go: `new AwsSpotNotices()`, `new GooglePreemptionNotices()`, or sources of your own. The
   * node then drains.
   * @default []
   */
  readonly evictionNotices?: readonly EvictionNoticeSource[] | undefined;
  /**
   * Roles by configuration, as well as by decorator.
   * @default []
   */
  readonly roles?: readonly ConfiguredRole[] | undefined;
  readonly failureDetection?: FailureDetectionOptions | undefined;
  /**
   * Which side of a partition may act; roles that are `available` run on both all the same.
   * @default { strategy: 'keep-all' }
   */
  readonly splitBrain?: SplitBrainOptions | undefined;
  /**
   * How often CPU, memory and the event loop are sampled; `false` turns it off.
   * @default { interval: 1000 }
   */
  readonly hwMon?: { readonly interval?: number | undefined } | false | undefined;
  /**
   * Free key/value strings that other nodes see (zone, version …).
   * @default {}
   */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * The secret that all nodes of the cluster share: links are authenticated and encrypted with it, heartbeats authenticated. In a list the
   * first is for dialling and all are for accepting, so that a secret can be replaced while the cluster runs (see SECURITY.md). At most 8,
   * of 1 to 1,024 characters; {@link generateSecret} makes a good one.
   * @default none: without it, and without `tls`, a node listens on loopback alone
   */
  readonly secret?: string | readonly string[] | undefined;
  /**
   * Mutual TLS instead, in PEM: this node's key and certificate, which must be good for clients and servers, and the authority of the cluster:
   * whoever has a certificate of it is a member, so let it sign nothing else. Heartbeats over UDP need a `secret` as well; without, they
   * go over the links.
   * @default none
   */
  readonly tls?: Certificate | undefined;
  /**
   * Who may connect: IPv4 addresses, and networks such as `10.0.0.0/8`, at most 256. Others are hung up on before anything is read, and not called
   * because somebody says that a member is there. Seeds outside are called, and may not call: name all networks of the cluster.
   * @default everybody who shows the secret or a certificate; without either, everybody: nodes that are found by name connect before
   * the others can know their addresses, so `clusterNet` and `seeds` do not say who may
   */
  readonly allow?: readonly string[] | undefined;
  /**
   * Allows a node to listen beyond loopback although links are neither authenticated nor encrypted: whoever reaches the port
   * can join. Logs a warning at every start.
   * @default false
   */
  readonly insecure?: boolean | undefined;
}

/** The options with every default filled in: what the services read. */
export interface ResolvedOptions {
  readonly clusterName: string;
  readonly nodeName: string;
  readonly clusterNet: string;
  readonly clusterNetMask: number;
  readonly listenerAddress: string | undefined;
  readonly listenerPort: number;
  readonly commonRandomBackoff: readonly [number, number];
  readonly seekAttempts: number;
  readonly seeds: readonly string[];
  readonly discovery: readonly (BuiltInSource | DiscoverySource)[];
  readonly nameServers: readonly string[];
  readonly dataDir: string | undefined;
  readonly useAzNet: boolean;
  readonly metadataEndpoint: string;
  readonly evictionNotices: readonly EvictionNoticeSource[];
  readonly roles: readonly ConfiguredRole[];
  readonly failureDetection: {
    readonly probeInterval: number;
    readonly probeTimeout: number;
    readonly indirectProbes: number;
    readonly suspicionMultiplier: number;
    readonly heartbeat: 'worker' | 'main';
    readonly stallTimeout: number;
  };
  readonly splitBrain: SplitBrainOptions;
  readonly hwMon: { readonly interval: number } | false;
  readonly labels: Readonly<Record<string, string>>;
  readonly secret: readonly string[];
  readonly tls: Certificate | undefined;
  readonly allow: readonly string[];
  readonly insecure: boolean;
}

/** Injection token of the {@link ResolvedOptions}. */
export const RESOLVED_OPTIONS = Symbol('beethoven:options');
