import { Inject, Injectable, Logger } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { CLOCK, type Clock, type Timer } from '../network/clock.js';
import { Identity } from '../network/identity.js';
import { Mesh } from '../network/mesh.js';
import { Majority } from '../protocol/quorum/electorate.js';
import { Leases, type LeaseEffect } from '../protocol/quorum/leases.js';
import type {
  AnswerMessage,
  AskMessage,
  Process,
  QuorumMessage,
} from '../protocol/quorum/messages.js';
import type { QuorumRule } from '../protocol/quorum/quorum-rule.js';
import { StaticQuorum } from '../protocol/quorum/static-quorum.js';
import { Voter } from '../protocol/quorum/voter.js';
import { QUORUM_FORMAT, toWire } from '../protocol/quorum/wire.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { ClusterNode } from '../core-server/cluster-node.js';
import { ElectorateDriver } from './electorate-driver.js';

/** What happens to a lease of this node. */
export type LeaseEvent = Exclude<LeaseEffect, { kind: 'ask' | 'release' }>;

/**
 * How long an electorate stands before anything is claimed from it (ms): while a cluster comes together it changes with every message, and
 * with a lease to respect each change takes two seconds.
 */
const SETTLING: Millis = 300;

const NOBODY: ReadonlyMap<NodeId, Millis> = new Map();

/**
 * Which side of a partition may act: votes for the slots of quorum roles, and claims them for this node. Sends nothing and sets no
 * timer while no node holds or claims such a slot.
 */
@Injectable()
export class QuorumService {
  readonly #logger = new Logger(QuorumService.name);
  readonly #events = new Subject<LeaseEvent>();
  readonly #settled = new Subject<void>();
  readonly #fixed: StaticQuorum | undefined;
  readonly #voter = new Voter();
  readonly #leases = new Leases(() => this.#rule);
  readonly #isAsked: boolean;
  #driver: ElectorateDriver | undefined;
  #majority: Majority | undefined;
  #settling: Timer | undefined;
  #timer: { readonly at: Millis; readonly timer: Timer } | undefined;
  #counted:
    { readonly nodes: unknown; readonly rule: unknown; readonly isQuorum: boolean } | undefined;
  #isDueSoon = false;
  #isOutgrown = false;
  #stopped = false;

  /** What happens to the leases of this node, in the turn in which it finds out. Completes when the node stops. */
  readonly events$: Observable<LeaseEvent> = this.#events.asObservable();

  /** Others decide than before, and claims that were in vain may not be now. Completes when the node stops. */
  readonly settled$: Observable<void> = this.#settled.asObservable();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly mesh: Mesh,
    private readonly identity: Identity,
    private readonly coreServer: CoreServerService,
  ) {
    const { splitBrain } = options;
    this.#isAsked = splitBrain.strategy !== 'keep-all';
    if (splitBrain.strategy === 'static-quorum')
      this.#fixed = new StaticQuorum(splitBrain.quorumSize, () => this.coreServer.nodes().length);
  }

  /** Whether a claim could be won at all: enough members are live, as far as this node knows. */
  get canClaim(): boolean {
    return this.#settling === undefined && this.#isQuorum(this.coreServer.nodes());
  }

  /** Whether enough members are alive here, not suspected and not stalled; always, where no quorum is asked for. Says nothing about any slot. */
  get hasQuorum(): boolean {
    if (!this.#isAsked) return true;
    const nodes = this.coreServer.nodes(); // the same list while nothing has changed
    if (this.#counted?.nodes !== nodes || this.#counted.rule !== this.#rule) {
      const isQuorum = this.#isQuorum(nodes.filter(({ status }) => status === 'alive'));
      this.#counted = { nodes, rule: this.#rule, isQuorum };
    }
    return this.#counted.isQuorum;
  }

  /** Under `keep-majority`, the lives of those whose majority decides, as far as this node knows. */
  get voters(): ReadonlyMap<NodeId, Millis> {
    return this.#driver?.electorate?.voters ?? NOBODY;
  }

  /** Begins to vote. In the same turn in which the mesh opens. */
  start(): void {
    if (!this.#isAsked) return;
    const { mesh, coreServer, clock } = this;
    this.#voter.start(clock.now());
    mesh.onMessage('quorum', QUORUM_FORMAT, (from, message) => this.#take(from, message));
    if (this.options.splitBrain.strategy === 'keep-majority') {
      const driver = new ElectorateDriver({
        self: this.#self,
        clock,
        isBound: (now, tag) => this.#voter.isBound(now, tag),
        tell: (to, message) => this.#tell(to, message),
        changed: (isOtherLine) => this.#electorateChanged(isOtherLine),
      });
      this.#driver = driver;
      mesh.onLinkUp(({ id }) => driver.greet(id));
      this.#notice();
    }
    coreServer.membership$.subscribe(() => this.#notice());
    coreServer.awake$.subscribe(() => this.#voter.listen(clock.now()));
  }

  /** Sees to it that no majority depends on this node, which leaves. */
  async leave(): Promise<void> {
    await this.#driver?.leave();
  }

  /** Falls silent. What is held runs out. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.timer.cancel();
    this.#settling?.cancel();
    this.#driver?.stop();
    this.#events.complete();
    this.#settled.complete();
  }

  /**
   * Claims a slot under an epoch that nobody has used; told of as `won` or `failed`, within half a second. Claims of one turn
   * travel together.
   */
  claim(slot: string, epoch: number): void {
    this.#leases.claim(this.clock.now(), slot, epoch);
    this.#checkSoon();
  }

  /** Once for all that is claimed in a turn. */
  #checkSoon(): void {
    if (this.#isDueSoon) return;
    this.#isDueSoon = true;
    this.clock.soon(() => {
      this.#isDueSoon = false;
      this.#check();
    });
  }

  /** Gives a slot back, claimed or held: another node may hold it at once. */
  release(slot: string): void {
    this.#do(this.#leases.release(slot));
  }

  /** Whether this node claims the slot or has a lease for it, be it one that is about to end. */
  has(slot: string): boolean {
    return this.#leases.has(slot);
  }

  /** Whether nobody else can hold the slot now. */
  isHeld(slot: string, epoch: number): boolean {
    return this.#leases.isHeld(this.clock.now(), slot, epoch);
  }

  /** Whether something may begin in the slot: it is held, and its lease not about to end. */
  isRenewed(slot: string, epoch: number): boolean {
    return this.#leases.isRenewed(this.clock.now(), slot, epoch);
  }

  #take(from: NodeId, message: QuorumMessage): void {
    if (this.#stopped) return;
    this.coreServer.noticeStall();
    const process = { id: from, life: message.life };
    if (message.kind === 'ask') this.#vote(process, message);
    else if (message.kind === 'answer') this.#answered(process, message);
    else if (message.kind === 'release') this.#voter.release(this.clock.now(), process, message);
    else this.#driver?.take(process, message);
  }

  #vote(from: Process, message: AskMessage): void {
    if (message.tag !== this.#rule?.tag) {
      this.#driver?.greet(from.id); // one of the two is behind
      return;
    }
    const answer = this.#voter.ask(this.clock.now(), from, message);
    this.#tell([from.id], { kind: 'answer', life: this.#self.life, ...answer });
  }

  #answered(voter: Process, answer: Omit<AnswerMessage, 'kind' | 'life'>): void {
    this.#check(); // whatever ran out while this node slept has run out
    this.#do(this.#leases.answered(this.clock.now(), voter, answer));
  }

  #check(): void {
    if (!this.#stopped) this.#do(this.#leases.handleTime(this.clock.now()));
  }

  #do(effects: readonly LeaseEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'ask') this.#ask(effect);
      else if (effect.kind === 'release') this.#release(effect);
      else this.#events.next(effect);
    }
    this.#wakeAt(this.#leases.dueAt);
  }

  /** Asks whoever has a link: what the failure detector thinks of a voter is no reason not to. */
  #ask(effect: Extract<LeaseEffect, { kind: 'ask' }>): void {
    const ask = { ...effect, life: this.#self.life };
    this.#tell(this.mesh.links(), ask);
    this.#answered(this.#self, this.#voter.ask(this.clock.now(), this.#self, ask));
  }

  #release(effect: Extract<LeaseEffect, { kind: 'release' }>): void {
    const release = { ...effect, life: this.#self.life };
    this.#voter.release(this.clock.now(), this.#self, release);
    this.#tell(this.mesh.links(), release);
  }

  #tell(to: Iterable<NodeId>, message: QuorumMessage): void {
    this.mesh.sendAll(to, 'quorum', toWire(message));
  }

  get #self(): Process {
    const { id, startedAt } = this.identity.card;
    return { id, life: startedAt };
  }

  #wakeAt(at: Millis): void {
    if (this.#timer?.at === at) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (at === Infinity || this.#stopped) return;
    const timer = this.clock.setTimer(Math.ceil(Math.max(0, at - this.clock.now())), () => {
      this.#timer = undefined;
      this.#check();
    });
    this.#timer = { at, timer };
  }

  get #rule(): QuorumRule | undefined {
    return this.#fixed ?? this.#majority;
  }

  #isQuorum(nodes: readonly ClusterNode[]): boolean {
    const voters = nodes.map(({ id, startedAt: life }) => [id, { id, life }] as const);
    return this.#rule?.isQuorum(new Map(voters)) === true;
  }

  #notice(): void {
    const nodes = this.coreServer.nodes();
    this.#driver?.membersChanged(new Map(nodes.map(({ id, startedAt }) => [id, startedAt])));
    if (this.#fixed !== undefined) this.#complain(this.#fixed);
  }

  #electorateChanged(isOtherLine: boolean): void {
    const { electorate } = this.#driver ?? {};
    if (electorate === undefined) return;
    this.#majority = new Majority(electorate);
    const now = this.clock.now();
    if (isOtherLine) this.#leases.void(now);
    this.#leases.renew(now);
    this.#checkSoon();
    this.#settling?.cancel();
    this.#settling = this.clock.setTimer(SETTLING, () => {
      this.#settling = undefined;
      this.#settled.next();
    });
  }

  /** Once, each time the cluster outgrows its quorum. */
  #complain({ isOutgrown }: StaticQuorum): void {
    if (isOutgrown && !this.#isOutgrown) {
      const members = this.coreServer.nodes().length;
      this.#logger.error(
        `The cluster has ${members} members: too many for its quorumSize, because a partition could leave two sides with a quorum each. Raise quorumSize to at least ${Math.floor(members / 2) + 1}, on every node, or run fewer nodes.`,
      );
    }
    this.#isOutgrown = isOutgrown;
  }
}
