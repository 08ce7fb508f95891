import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { BehaviorSubject, Subject, filter, type Observable, type Subscription } from 'rxjs';
import { AllocatorService } from '../allocator/allocator.service.js';
import { DepartedRows } from '../allocator/departed-rows.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../beethoven.options.js';
import { CoreServerService } from '../core-server/core-server.service.js';
import { RoleExplorer } from '../discovery/role.explorer.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { offersOf, type OfferRow } from '../protocol/roles/offer.js';
import { isSlot, type Slot } from '../protocol/roles/slot.js';
import type { NodeId } from '../protocol/terms.js';
import type { Table, TableEvent } from '../tables/table.js';
import { QuorumService } from '../quorum/quorum.service.js';
import { TableService } from '../tables/table.service.js';
import { ClusterRoles, type RoleStatus } from './cluster-roles.js';
import { MassLoss } from './mass-loss.js';
import { OwnOffers } from './own-offers.js';
import { roleEvent, type RoleEvent } from './role-event.js';
import { OFFERS, SLOTS } from './role-tables.js';
import { StandingNodes } from './standing-nodes.js';
import { SlotKeeper } from './slot-keeper.js';
import { SlotLedger } from './slot-ledger.js';
import { takenOver } from './taken-over.js';
import { UnmetHolders } from './unmet-holders.js';

/** A role that runs on this node. */
export interface LocalRole {
  readonly role: string;
  readonly slot: number;
  readonly epoch: number;
  readonly state: 'starting' | 'running' | 'stopping';
}

/** Keeps the roles of the cluster running, and knows where they run. */
@Injectable()
export class RoleMgmtService {
  readonly #offers: Table<OfferRow>;
  readonly #slots: Table<Slot>;
  readonly #cluster: ClusterRoles;
  readonly #roles = new BehaviorSubject<readonly RoleStatus[]>([]);
  readonly #events = new Subject<RoleEvent>();
  readonly #subscriptions: Subscription[] = [];
  readonly #standing: StandingNodes;
  readonly #unmet = new UnmetHolders(({ holder, life }) => {
    return holder !== null && this.coreServer.isLive(holder, life);
  });
  #departed: DepartedRows<OfferRow> | undefined;
  #own: OwnOffers | undefined;
  #keeper: SlotKeeper | undefined;
  #drained: Promise<void> | undefined;
  #isDueAtOnce = false;
  #isDueSoon = false;
  #stopped = false;

  /** What {@link roles} gives: now, and after each change. Completes when the node stops. */
  readonly roles$: Observable<readonly RoleStatus[]> = this.#roles.asObservable();

  /** Each change of a role's slot in the cluster, this node's included; what `@OnRoleUpdate()` is told. Completes when the node stops. */
  readonly events$: Observable<RoleEvent> = this.#events.asObservable();

  constructor(
    private readonly explorer: RoleExplorer,
    private readonly coreServer: CoreServerService,
    private readonly allocator: AllocatorService,
    tables: TableService,
    private readonly quorum: QuorumService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) options: ResolvedOptions,
  ) {
    // Opened before the tables are synchronised with the cluster, so that the first evaluation sees what the others hold.
    this.#offers = tables.open(OFFERS);
    this.#slots = tables.open(SLOTS);
    this.#standing = new StandingNodes(coreServer, clock, options.failureDetection.stallTimeout);
    this.#cluster = new ClusterRoles(this.#standing, allocator, this.#offers, this.#slots);
  }

  /** Whether any role was ever assigned in the cluster, as far as this node knows. */
  get hasHistory(): boolean {
    return this.#slots.size > 0;
  }

  /**
   * Offers this node's roles and takes its part. Resolves when the first evaluation is done, the claims that came of it decided
   * included. To be called when the tables are here: on empty ones it would claim what others hold.
   */
  async start(): Promise<void> {
    if (this.#stopped || this.#drained !== undefined) return;
    const { explorer, coreServer, allocator, clock } = this;
    const { definitions } = explorer;
    const self = coreServer.self.id;
    const massLoss = new MassLoss(() => coreServer.nodes().length);
    const own = new OwnOffers(this.#offers, self, definitions, clock);
    const keeper = new SlotKeeper({
      self,
      definitions,
      roles: this.#cluster,
      offers: own,
      ledger: new SlotLedger(this.#slots, coreServer, this.#standing),
      standing: this.#standing,
      claimableAt: (slot, holder, now) =>
        Math.max(massLoss.claimableAt(now, holder), this.#unmet.claimableAt(slot)),
      allocator,
      clock,
      quorum: this.quorum,
      takenOver: (id) => takenOver(id, this.#slots, coreServer, clock),
    });
    this.#own = own;
    this.#keeper = keeper;
    this.#departed = new DepartedRows(this.#offers, coreServer, clock);
    this.#departed.start();
    this.#subscriptions.push(
      this.#slots.watch().subscribe((event) => this.#slotChanged(event)),
      this.#offers.watch().subscribe(() => this.#evaluateSoon()),
      this.quorum.settled$.subscribe(() => this.#evaluateSoon()),
      coreServer.membership$.subscribe((event) => massLoss.heard(event)),
      coreServer.membership$
        .pipe(filter(({ type }) => type !== 'updated' && type !== 'suspected'))
        .subscribe(({ type, node }) => {
          // A role without a holder waits for nothing; all else is dealt with once for many changes.
          const isGone = type === 'down' || type === 'left';
          if (isGone && this.#cluster.isHolder(node.id)) keeper.evaluate();
          this.#evaluateSoon();
        }),
      // What it missed is read before this runs: it gives up what it has lost, and claims nothing on an old view.
      coreServer.awake$.subscribe(() => this.#evaluateSoon()),
    );
    keeper.evaluate();
    this.#publish();
    await keeper.idle();
  }

  /**
   * Takes no role any more until {@link resume}, and hands over what runs here, all at once. Resolves when everything
   * runs elsewhere or nobody could take it, at the latest when the stop time-outs are over. Calling it again changes nothing.
   */
  drain(): Promise<void> {
    return (this.#drained ??= this.#drain());
  }

  /** Takes its part again after a {@link drain}. Resolves when the claims that come of it are decided. */
  async resume(): Promise<void> {
    if (this.#stopped || this.#drained === undefined) return;
    this.#drained = undefined;
    if (this.#keeper === undefined) return this.start();
    this.#own?.restore();
    this.#keeper.evaluate();
    await this.#keeper.idle();
  }

  /** Whether a live node runs no role and takes none, as far as this node knows. */
  hasDrained(node: NodeId): boolean {
    if (offersOf(this.#offers.get(node))?.size !== 0) return false;
    return ![...this.#cluster.holders().values()].some((holders) => holders.includes(node));
  }

  /** Falls silent; what still runs is told to stop, and not waited for: {@link drain} does that. */
  stop(): void {
    this.#stopped = true;
    this.#departed?.stop();
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.#keeper?.stop();
    this.#roles.complete();
    this.#events.complete();
  }

  /** Every role that a live node offers or holds, and this application's own, by name. Empty before the node has started. */
  roles(): readonly RoleStatus[] {
    if (this.#own === undefined) return [];
    return this.#cluster.status(this.#own.current, this.explorer.definitions.values());
  }

  /** What runs on this node; an instance that is stopping is still listed. */
  local(): readonly LocalRole[] {
    return (this.#keeper?.runners ?? []).map(({ definition, place, state }) => {
      return { role: definition.name, slot: place.slot, epoch: place.epoch, state };
    });
  }

  /** The live nodes that hold the role, in the order of their slots; none for a role that nobody knows. */
  whereIs(role: string): readonly NodeId[] {
    if (this.#own === undefined) return [];
    return this.#cluster.holders().get(role) ?? [];
  }

  /**
   * Gives this node's instance of the role to the least busy other node that can take it, and waits until it has stopped here.
   *
   * @returns true once another node has it. False when this node does not run the role, or nobody else could take it: nothing
   * has changed then, unless the other node was lost on the way; the role is filled again as after any failure.
   */
  async release(role: string): Promise<boolean> {
    return (await this.#keeper?.release(role)) ?? false;
  }

  async #drain(): Promise<void> {
    if (this.#keeper === undefined) return;
    this.#own?.withdraw();
    this.#keeper.evaluate();
    await this.#keeper.idle();
  }

  #slotChanged({ row, old }: TableEvent<Slot>): void {
    const slot = isSlot(row) ? row : undefined;
    const before = isSlot(old) ? old : undefined;
    const event = slot && roleEvent(before, slot, this.clock.now());
    if (slot !== undefined && event?.type === 'assigned') this.#unmet.assigned(slot, event.at);
    const self = this.coreServer.self.id;
    if (slot?.holder === self || before?.holder === self) {
      this.#keeper?.stopSuperseded();
      this.#evaluateAtOnce();
    }
    this.#evaluateSoon();
    if (event !== undefined) this.#events.next(event);
  }

  /** After the batch of rows at hand: a transaction may hand several slots over. */
  #evaluateAtOnce(): void {
    if (this.#isDueAtOnce) return;
    this.#isDueAtOnce = true;
    queueMicrotask(() => {
      this.#isDueAtOnce = false;
      this.#keeper?.evaluate();
    });
  }

  /** Once for many small changes. */
  #evaluateSoon(): void {
    if (this.#isDueSoon) return;
    this.#isDueSoon = true;
    this.clock.soon(() => {
      this.#isDueSoon = false;
      if (this.#stopped) return;
      this.#keeper?.evaluate();
      this.#publish();
    });
  }

  #publish(): void {
    const roles = this.roles();
    if (!isDeepStrictEqual(roles, this.#roles.value)) this.#roles.next(roles);
  }
}
