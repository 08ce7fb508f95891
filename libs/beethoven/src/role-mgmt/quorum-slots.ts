import { Logger } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import type { Clock } from '../network/clock.js';
import type { Slot } from '../protocol/roles/slot.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { LeaseEvent, QuorumService } from '../quorum/quorum.service.js';
import type { ClusterRoles } from './cluster-roles.js';
import type { SlotLedger } from './slot-ledger.js';

/** What the owner of {@link QuorumSlots} is told. */
export interface QuorumSlotsOwner {
  /** Whether this node (still) takes the role. */
  wants(role: string): boolean;
  /** The claim came to nothing; another one may be made from then on. */
  failed(id: string, retryAt: Millis): void;
  /** What runs in the slot has to stop now. Resolves when it has, or was waited for long enough. */
  lost(id: string): Promise<void>;
}

type Place = Pick<Slot, 'id' | 'role' | 'index'>;

/**
 * The slots of quorum roles on this node. The lease comes first, then the row in the table of slots, then the role; and on the way
 * out the other way round. Only who has the lease writes the row, so it takes no transaction, and no coordinator that a bridged
 * network may have put out of reach.
 */
export class QuorumSlots {
  readonly #logger = new Logger(QuorumSlots.name);
  /** Claims under way. */
  readonly #claims = new Map<string, Place>();
  /** What voters said of epochs that the table does not know; forgotten once it does. */
  readonly #refused = new Map<string, number>();
  /** Slots whose role is stopping because the lease ends. */
  readonly #losing = new Set<string>();
  readonly #subscription: Subscription;

  constructor(
    private readonly quorum: QuorumService,
    private readonly ledger: SlotLedger,
    private readonly roles: ClusterRoles,
    private readonly clock: Clock,
    private readonly owner: QuorumSlotsOwner,
  ) {
    this.#subscription = quorum.events$.subscribe((event) => this.#take(event));
  }

  get claims(): Iterable<Place> {
    return this.#claims.values();
  }

  /** Whether a claim could be won at all. */
  get canClaim(): boolean {
    return this.quorum.canClaim;
  }

  /** Claims one slot of a role at a time: it would have to give back the second that it won. */
  claim({ id, role, index }: Place): void {
    if (this.quorum.has(id)) return;
    for (const claim of this.#claims.values()) if (claim.role === role) return;
    this.#claims.set(id, { id, role, index });
    this.quorum.claim(id, this.#nextEpoch(id));
  }

  /** Whether the role may start in the slot. */
  mayStart({ id, epoch }: Slot): boolean {
    return this.quorum.isRenewed(id, epoch);
  }

  /** Whether this process, and nobody else, holds the slot now. */
  isHeld({ id, epoch }: Pick<Slot, 'id' | 'epoch'>): boolean {
    return this.quorum.isHeld(id, epoch);
  }

  /** Gives the slot to another node, which still has to win the lease; without a lease, or a successor, to nobody. */
  handOver(id: string, successor: NodeId | undefined): void {
    const slot = this.roles.slot(id);
    if (this.ledger.isMine(slot)) {
      const taker = this.isHeld(slot) ? successor : undefined;
      this.ledger.give(slot, taker, this.#nextEpoch(id));
    }
    this.withdraw(id);
  }

  /** Nobody can hold a slot that was given to this node, which has no quorum: nobody shall believe that it runs here. */
  declineWithoutQuorum({ id }: Slot): void {
    if (!this.quorum.hasQuorum) this.#vacate(id);
  }

  /** Gives a claim up: others may win the slot at once. */
  withdraw(id: string): void {
    this.#claims.delete(id);
    this.quorum.release(id);
  }

  /** What ran under that epoch has ended, and the slot is somebody else's. */
  release(slot: Pick<Slot, 'id' | 'epoch'>): void {
    if (this.isHeld(slot)) this.quorum.release(slot.id);
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }

  #take(event: LeaseEvent): void {
    const { slot: id } = event;
    switch (event.kind) {
      case 'won':
        this.#won(id, event.epoch);
        break;
      case 'failed':
        this.#refused.set(id, event.epoch);
        this.#failed(id, event.retryAt);
        break;
      case 'ending':
        this.#logger.warn(`The lease of role ${id} was not renewed: it stops here`);
        void this.#lose(id, event.epoch);
        break;
      case 'over':
        if (this.#losing.has(id))
          this.#logger.warn(
            `Role ${id} has not stopped before its lease ended: another node may start it now`,
          );
        this.#vacate(id, event.epoch);
        break;
    }
  }

  #won(id: string, epoch: number): void {
    const place = this.#claims.get(id);
    this.#claims.delete(id);
    this.#refused.delete(id);
    if (place !== undefined && this.owner.wants(place.role) && this.ledger.hold(place, epoch))
      return;
    this.quorum.release(id);
    this.owner.failed(id, this.clock.now());
  }

  #failed(id: string, retryAt: Millis): void {
    this.#claims.delete(id);
    // It may have been handed to this node: others may do better.
    this.#vacate(id);
    this.owner.failed(id, retryAt);
  }

  async #lose(id: string, epoch: number): Promise<void> {
    this.#losing.add(id);
    await this.owner.lost(id);
    this.#losing.delete(id);
    this.#vacate(id, epoch);
    this.release({ id, epoch });
  }

  /** Writes down that this node does not hold the slot. */
  #vacate(id: string, epoch?: number): void {
    const slot = this.roles.slot(id);
    if (!this.ledger.isMine(slot) || (epoch !== undefined && epoch !== slot.epoch)) return;
    this.ledger.give(slot, undefined, slot.epoch);
  }

  /**
   * Above every epoch that is known, and at least the seconds since 1970: where all that knew the last one have been restarted, and nobody
   * is left who could, the clock still does.
   */
  #nextEpoch(id: string): number {
    const known = Math.max(this.roles.slot(id)?.epoch ?? 0, this.#refused.get(id) ?? 0);
    return Math.max(known + 1, Math.floor(this.clock.now() / 1_000));
  }
}
