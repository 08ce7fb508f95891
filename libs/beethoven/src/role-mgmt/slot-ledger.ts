import type { ClusterNode } from '../core-server/cluster-node.js';
import type { CoreServerService } from '../core-server/core-server.service.js';
import { liveHolder, type Opening } from '../protocol/roles/plan.js';
import { isSlot, type Slot } from '../protocol/roles/slot.js';
import type { NodeId } from '../protocol/terms.js';
import type { Table } from '../tables/table.js';

/** This node's entries in the table of slots. Who holds a slot changes in transactions alone, and only here. */
export class SlotLedger {
  /** @param standing The nodes that keep what they hold. */
  constructor(
    private readonly slots: Table<Slot>,
    private readonly coreServer: CoreServerService,
    private readonly standing: {
      readonly byId: ReadonlyMap<NodeId, Pick<ClusterNode, 'startedAt'>>;
    },
  ) {}

  /** Whether the slot is held by this process: not by an earlier one under the same id. */
  isMine(slot: Slot | undefined): slot is Slot {
    const { id, startedAt } = this.coreServer.self;
    return slot !== undefined && slot.holder === id && slot.life === startedAt;
  }

  /**
   * Takes those of the openings that are still open when the transaction is decided, each under the next epoch, all in one
   * transaction. A transaction may be run again on fresher rows: everything is looked up when it runs.
   *
   * @param wants Whether this node (still) takes the role.
   */
  async claim(openings: readonly Opening[], wants: (role: string) => boolean): Promise<void> {
    await this.slots.transaction((tx) => {
      const { id: holder, startedAt: life } = this.coreServer.self;
      const live = this.standing.byId;
      const held = this.#heldRoles();
      for (const { id, role, index } of openings) {
        const row = tx.get(id);
        const slot = isSlot(row) ? row : undefined;
        if (slot !== undefined && liveHolder(slot, live) !== undefined) continue;
        if (!wants(role) || held.has(role)) continue;
        held.add(role);
        const epoch = (slot?.epoch ?? 0) + 1;
        tx.put({ id, role, index, holder, life, epoch, state: 'starting' });
      }
    });
  }

  /**
   * Gives a slot of this node directly to another, under the next epoch; to nobody where there is nobody, and the epoch stays.
   * Nothing happens when somebody else holds it already.
   *
   * @param successor Asked when the transaction runs.
   */
  async handOver(id: string, successor: () => NodeId | undefined): Promise<void> {
    await this.slots.transaction((tx) => {
      const slot = tx.get(id);
      if (!isSlot(slot) || !this.isMine(slot)) return;
      tx.put(this.#given(slot, successor(), slot.epoch + 1));
    });
  }

  /**
   * Gives the slot's holder the next epoch, where it holds it under one that this node has used as well: two sides of a partition counted to the
   * same number. Nothing happens once anybody has.
   */
  async raise(id: string, usedEpoch: number): Promise<void> {
    await this.slots.transaction((tx) => {
      const slot = tx.get(id);
      if (!isSlot(slot) || slot.epoch !== usedEpoch) return;
      if (slot.holder === null || slot.holder === this.coreServer.self.id) return;
      tx.put({ ...slot, epoch: usedEpoch + 1, state: 'starting' });
    });
  }

  /** Takes a quorum slot. Needs no transaction: only who has the slot's lease says it. @returns false where this node must not */
  hold({ id, role, index }: Pick<Slot, 'id' | 'role' | 'index'>, epoch: number): boolean {
    const { id: holder, startedAt: life } = this.coreServer.self;
    const row = this.slots.get(id);
    const isOutdone = isSlot(row) && row.epoch >= epoch;
    const holdsAnother = [...this.slots.rows()].some(
      (other) => isSlot(other) && other.id !== id && other.role === role && this.isMine(other),
    );
    if (isOutdone || holdsAnother) return false;
    this.slots.put({ id, role, index, holder, life, epoch, state: 'starting' });
    return true;
  }

  /** Gives a quorum slot of this node to another, or to nobody: under the next epoch, or under the one that it has. */
  give(slot: Slot, taker: NodeId | undefined, nextEpoch: number): void {
    this.slots.put(this.#given(slot, taker, nextEpoch));
  }

  /** Tells the others that the instance runs: needs no transaction, for only the holder says it, under its own epoch. */
  markRunning(id: string, epoch: number): void {
    const slot = this.slots.get(id);
    if (!isSlot(slot) || !this.isMine(slot)) return;
    if (slot.epoch === epoch && slot.state === 'starting') {
      this.slots.put({ ...slot, state: 'running' });
    }
  }

  #given(slot: Slot, taker: NodeId | undefined, nextEpoch: number): Slot {
    const node = this.coreServer.nodes().find(({ id }) => id === taker);
    if (node === undefined) return { ...slot, holder: null, life: 0, state: 'starting' };
    return { ...slot, holder: node.id, life: node.startedAt, epoch: nextEpoch, state: 'starting' };
  }

  /** Looked up without entering the transaction, so that claims of different slots of a role do not make each other repeat. */
  #heldRoles(): Set<string> {
    const roles = new Set<string>();
    for (const row of this.slots.rows()) if (isSlot(row) && this.isMine(row)) roles.add(row.role);
    return roles;
  }
}
