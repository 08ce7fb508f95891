import { Inject, Injectable, Logger } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { CLOCK, type Clock, type Timer } from '../network/clock.js';
import { Identity } from '../network/identity.js';
import { Mesh } from '../network/mesh.js';
import { Leases, type LeaseEffect } from '../protocol/quorum/leases.js';
import type { AnswerMessage, Process, QuorumMessage } from '../protocol/quorum/messages.js';
import { StaticQuorum } from '../protocol/quorum/static-quorum.js';
import { Voter } from '../protocol/quorum/voter.js';
import { fromWire, toWire } from '../protocol/quorum/wire.js';
import type { Millis, NodeId } from '../protocol/terms.js';

/** What happens to a lease of this node. */
export type LeaseEvent = Exclude<LeaseEffect, { kind: 'ask' | 'release' }>;

/**
 * Which side of a partition may act: votes for the slots of quorum roles, and claims them for this node. Sends nothing and sets no
 * timer while no node holds or claims such a slot.
 */
@Injectable()
export class QuorumService {
  readonly #logger = new Logger(QuorumService.name);
  readonly #events = new Subject<LeaseEvent>();
  readonly #rule: StaticQuorum | undefined;
  readonly #voter: Voter;
  readonly #leases: Leases | undefined;
  #timer: { readonly at: Millis; readonly timer: Timer } | undefined;
  #counted: { readonly nodes: unknown; readonly isQuorum: boolean } | undefined;
  #isDueSoon = false;
  #isOutgrown = false;
  #stopped = false;
  #malformed = 0;

  /** What happens to the leases of this node, in the turn in which it finds out. Completes when the node stops. */
  readonly events$: Observable<LeaseEvent> = this.#events.asObservable();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) { splitBrain }: ResolvedOptions,
    private readonly mesh: Mesh,
    private readonly identity: Identity,
    private readonly coreServer: CoreServerService,
  ) {
    this.#voter = new Voter(clock.now());
    if (splitBrain.strategy === 'static-quorum') {
      this.#rule = new StaticQuorum(splitBrain.quorumSize, () => this.coreServer.nodes().length);
      this.#leases = new Leases(this.#rule);
    }
  }

  /** Messages from peers that made no sense, and were dropped. */
  get malformed(): number {
    return this.#malformed;
  }

  /** Whether a claim could be won at all: enough members are live, as far as this node knows. */
  get canClaim(): boolean {
    return this.#rule?.isQuorum({ size: this.coreServer.nodes().length }) === true;
  }

  /** Whether enough members are alive here, not suspected and not stalled; always, where no quorum is asked for. Says nothing about any slot. */
  get hasQuorum(): boolean {
    if (this.#rule === undefined) return true;
    const nodes = this.coreServer.nodes(); // the same list while nothing has changed
    if (this.#counted?.nodes !== nodes) {
      const size = nodes.filter(({ status }) => status === 'alive').length;
      this.#counted = { nodes, isQuorum: this.#rule.isQuorum({ size }) };
    }
    return this.#counted.isQuorum;
  }

  /** Begins to vote. In the same turn in which the mesh opens. */
  start(): void {
    if (this.#leases === undefined) return;
    this.mesh.onMessage('quorum', (from, wire) => this.#take(from, wire));
    this.coreServer.membership$.subscribe(() => this.#complain());
  }

  /** Falls silent. What is held runs out. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.timer.cancel();
    this.#events.complete();
  }

  /**
   * Claims a slot under an epoch that nobody has used; told of as `won` or `failed`, within half a second. Claims of one turn
   * travel together.
   */
  claim(slot: string, epoch: number): void {
    this.#leases?.claim(this.clock.now(), slot, epoch);
    if (this.#isDueSoon) return;
    this.#isDueSoon = true;
    this.clock.soon(() => {
      this.#isDueSoon = false;
      this.#check();
    });
  }

  /** Gives a slot back, claimed or held: another node may hold it at once. */
  release(slot: string): void {
    this.#do(this.#leases?.release(slot) ?? []);
  }

  /** Whether this node claims the slot or has a lease for it, be it one that is about to end. */
  has(slot: string): boolean {
    return this.#leases?.has(slot) === true;
  }

  /** Whether nobody else can hold the slot now. */
  isHeld(slot: string, epoch: number): boolean {
    return this.#leases?.isHeld(this.clock.now(), slot, epoch) === true;
  }

  /** Whether something may begin in the slot: it is held, and its lease not about to end. */
  isRenewed(slot: string, epoch: number): boolean {
    return this.#leases?.isRenewed(this.clock.now(), slot, epoch) === true;
  }

  #take(from: NodeId, wire: unknown): void {
    if (this.#stopped) return;
    const message = fromWire(wire);
    if (message === undefined) {
      if (this.#malformed++ === 0)
        this.#logger.warn(
          `${from} sent a message that makes no sense; it and any more are dropped.`,
        );
      return;
    }
    const process = { id: from, life: message.life };
    switch (message.kind) {
      case 'ask': {
        const answer = this.#voter.ask(this.clock.now(), process, message);
        this.#tell([from], { kind: 'answer', life: this.#self.life, ...answer });
        break;
      }
      case 'answer':
        this.#answered(process, message);
        break;
      case 'release':
        this.#voter.release(this.clock.now(), process, message);
        break;
    }
  }

  #answered(voter: Process, answer: Omit<AnswerMessage, 'kind' | 'life'>): void {
    this.#check(); // whatever ran out while this node slept has run out
    this.#do(this.#leases?.answered(this.clock.now(), voter, answer) ?? []);
  }

  #check(): void {
    if (!this.#stopped) this.#do(this.#leases?.handleTime(this.clock.now()) ?? []);
  }

  #do(effects: readonly LeaseEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'ask') this.#ask(effect);
      else if (effect.kind === 'release') this.#release(effect);
      else this.#events.next(effect);
    }
    this.#wakeAt(this.#leases?.dueAt ?? Infinity);
  }

  #ask(effect: Extract<LeaseEffect, { kind: 'ask' }>): void {
    const ask = { ...effect, life: this.#self.life };
    this.#tell(this.#others(), ask);
    this.#answered(this.#self, this.#voter.ask(this.clock.now(), this.#self, ask));
  }

  #release(effect: Extract<LeaseEffect, { kind: 'release' }>): void {
    const release = { ...effect, life: this.#self.life };
    this.#voter.release(this.clock.now(), this.#self, release);
    this.#tell(this.#others(), release);
  }

  #tell(to: Iterable<NodeId>, message: QuorumMessage): void {
    this.mesh.sendAll(to, 'quorum', toWire(message));
  }

  get #self(): Process {
    const { id, startedAt } = this.identity.card;
    return { id, life: startedAt };
  }

  *#others(): Iterable<NodeId> {
    for (const { id, self } of this.coreServer.nodes()) if (!self) yield id;
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

  /** Once, each time the cluster outgrows its quorum. */
  #complain(): void {
    const { isOutgrown = false } = this.#rule ?? {};
    if (isOutgrown && !this.#isOutgrown) {
      const members = this.coreServer.nodes().length;
      this.#logger.error(
        `The cluster has ${members} members: too many for its quorumSize, because a partition could leave two sides with a quorum each. Raise quorumSize to at least ${Math.floor(members / 2) + 1}, on every node, or run fewer nodes.`,
      );
    }
    this.#isOutgrown = isOutgrown;
  }
}
