import { Inject, Injectable, Logger } from '@nestjs/common';
import { BehaviorSubject, Subject, defer, map, startWith, type Observable } from 'rxjs';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { Identity } from '../network/identity.js';
import { Mesh, type MeshCounters } from '../network/mesh.js';
import { Whereabouts } from '../network/whereabouts.js';
import { RANDOM } from '../network/random.js';
import { Membership } from '../protocol/membership/membership.js';
import { isLive, statusOf, type MemberStatus } from '../protocol/membership/member-state.js';
import type { Random } from '../protocol/random.js';
import type { Millis, NodeId, PeerCard } from '../protocol/terms.js';
import type { Heartbeat, HeartbeatCounters } from '../heartbeat/heartbeat.js';
import { HEARTBEAT_THREAD, type StartHeartbeatThread } from '../heartbeat/heartbeat-thread.js';
import { LocalHeartbeat } from '../heartbeat/local-heartbeat.js';
import { ThreadedHeartbeat } from '../heartbeat/threaded-heartbeat.js';
import { toClusterNode, type ClusterNode, type MembershipEvent } from './cluster-node.js';
import { LinkWatch } from './link-watch.js';
import { MembershipDriver } from './membership-driver.js';
import { NodeLists } from './node-lists.js';

export type ClusterMode = 'standalone' | 'clustered';

/** What a node has counted of what came in, since it started. */
export interface NetworkReport {
  readonly links: MeshCounters;
  /**
   * Who was turned away, or turned this node away: how many, by reason, such as `wrong-secret`, `expired`, `not-allowed`, `backed-off`,
   * `cluster`, `version`, `malformed`, `silent`.
   */
  readonly refusals: Readonly<Record<string, number>>;
  readonly heartbeats: HeartbeatCounters;
}

/** Members that have time to answer over their link: the detector judges them. */
const WAITED_FOR: ReadonlySet<MemberStatus> = new Set(['suspect', 'stalled']);

const NO_BEATS: HeartbeatCounters = { malformed: 0, strangers: 0, forged: 0, crashes: 0 };

/** Who is in the cluster: the membership, for the application and for the rest of the framework. */
@Injectable()
export class CoreServerService {
  readonly #logger = new Logger(CoreServerService.name);
  readonly #events = new Subject<MembershipEvent>();
  readonly #changes = new Subject<void>();
  readonly #awakenings = new Subject<void>();
  readonly #mode = new BehaviorSubject<ClusterMode>('standalone');
  #membership: Membership | undefined;
  #driver: MembershipDriver | undefined;
  #beats: Heartbeat | undefined;
  #linkWatch: LinkWatch | undefined;
  #lists: NodeLists | undefined;

  /** `'standalone'` while this node knows of no other live one. Replays; completes when the node leaves. */
  readonly mode$: Observable<ClusterMode> = this.#mode.asObservable();

  /** The live nodes, this one included, after every change. Replays the list of now; completes when the node leaves. */
  readonly nodes$: Observable<readonly ClusterNode[]> = defer(() =>
    this.#changes.pipe(
      startWith(undefined),
      map(() => this.nodes()),
    ),
  );

  /**
   * What happens to the other nodes, in the same turn in which this node finds out: the lists have changed already, and what
   * takes long belongs elsewhere. Completes when the node leaves.
   */
  readonly membership$: Observable<MembershipEvent> = this.#events.asObservable();

  /** This node's event loop was blocked for so long that others saw it, and runs again. What it missed is still on its way. */
  readonly awake$: Observable<void> = this.#awakenings.asObservable();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly mesh: Mesh,
    private readonly identity: Identity,
    @Inject(HEARTBEAT_THREAD) private readonly startThread: StartHeartbeatThread,
    private readonly whereabouts: Whereabouts,
  ) {}

  /** This node. Known once it listens. */
  get self(): ClusterNode {
    if (this.#lists !== undefined) return this.#lists.current.self;
    const { card } = this.identity;
    return toClusterNode({ card, status: 'alive', phase: 0, lastChange: card.startedAt }, true);
  }

  /** The live nodes (alive or suspect), this one included, the eldest first. Empty before this node listens. */
  nodes(): readonly ClusterNode[] {
    return this.#lists?.current.live ?? [];
  }

  /** Also the nodes that went down or left in the last 24 hours (the last 1,024 of them), with status and last change. */
  clusterNodes(): readonly ClusterNode[] {
    return this.#lists?.current.all ?? [];
  }

  mode(): ClusterMode {
    return this.#membership !== undefined && this.#membership.size > 1 ? 'clustered' : 'standalone';
  }

  /**
   * What this node has turned away, and dropped of what came in, since it started: for metrics, and for who wonders why somebody does
   * not get in. What it has looked for itself is in `LocatorService.report()`.
   */
  report(): NetworkReport {
    const { mesh } = this;
    const heartbeats = this.#beats?.counters() ?? NO_BEATS;
    return { links: mesh.counters, refusals: mesh.refusals(), heartbeats };
  }

  /**
   * Whether this node, or another one that has not departed.
   *
   * @param life when its process started (ms since the epoch), where no other process under the id counts
   */
  isLive(id: NodeId, life?: Millis): boolean {
    const membership = this.#membership;
    if (membership === undefined) return false;
    const isIt = ({ startedAt }: PeerCard): boolean => life === undefined || life === startedAt;
    const { self, hasLeft } = membership;
    if (self.id === id) return !hasLeft && isIt(self);
    const state = membership.member(id);
    return state !== undefined && isLive(state.status) && isIt(state.card);
  }

  /** Begins to take part. In the same turn in which the mesh opens, or links are missed. */
  start(): void {
    const { clock, mesh, identity, random } = this;
    const { failureDetection } = this.options;
    const membership = new Membership(failureDetection, random, identity.card);
    const lists = new NodeLists(membership, clock.now());
    this.#membership = membership;
    this.#lists = lists;
    this.#beats = this.#heartbeat();
    this.#driver = new MembershipDriver(
      membership,
      failureDetection,
      clock,
      mesh,
      {
        raise: (incarnation) => identity.raise(incarnation),
        changed: ({ type, member, at }) => {
          const node = lists.nodeOf(member);
          this.#events.next({ type, node, at });
          this.#log(type, node); // last: writing a line may take longer than all the rest
        },
        awake: () => this.#awakenings.next(),
        settled: () => this.#publish(),
      },
      this.#beats,
      this.whereabouts,
    );
    this.#linkWatch = new LinkWatch(mesh, clock, (id) => {
      const member = membership.member(id);
      return member === undefined || !WAITED_FOR.has(statusOf(member));
    });
    this.#driver.start();
    this.#linkWatch.start();
    this.#publish();
  }

  /** Finds out whether this node was stalled until now, which {@link awake$} tells: to be called before anything is decided. */
  noticeStall(): void {
    this.#beats?.tick();
  }

  /** Tells everyone that this node leaves. Resolves once that is on its way; the membership stands still from here on. */
  async leave(): Promise<void> {
    if (this.#driver === undefined || this.#membership?.hasLeft) return;
    this.#driver.leave();
    this.#linkWatch?.stop();
    this.#events.complete();
    this.#changes.complete();
    this.#mode.complete();
    this.#awakenings.complete();
    await new Promise<void>((resolve) => this.clock.soon(resolve));
  }

  #heartbeat(): Heartbeat {
    const { options, random, clock, identity, startThread } = this;
    return options.failureDetection.heartbeat === 'main'
      ? new LocalHeartbeat(options, random, clock, identity.card)
      : new ThreadedHeartbeat(options, random, clock, identity.card, startThread);
  }

  #publish(): void {
    const mode = this.mode();
    if (mode !== this.#mode.value) this.#mode.next(mode);
    this.#changes.next();
  }

  #log(type: MembershipEvent['type'], { id, status }: ClusterNode): void {
    if (type === 'joined' && status === 'suspect')
      this.#logger.warn(
        `${id} comes and goes: it is back, and a suspect until it has stayed for a while`,
      );
    else if (type === 'joined' || type === 'left' || type === 'down')
      this.#logger.log(`${id} ${type}`);
    else this.#logger.debug(`${id} ${type}`);
  }
}
