import { Logger } from '@nestjs/common';
import { skip, type Subscription } from 'rxjs';
import type { AllocatorService } from '../allocator/allocator.service.js';
import { TablesStoppedError } from '../errors/tables-stopped.error.js';
import type { Clock, Timer } from '../network/clock.js';
import { plan, type Opening, type Surrender } from '../protocol/roles/plan.js';
import type { Slot } from '../protocol/roles/slot.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { QuorumService } from '../quorum/quorum.service.js';
import { detail } from './activation.js';
import type { ClusterRoles } from './cluster-roles.js';
import type { OwnOffers } from './own-offers.js';
import { QuorumSlots } from './quorum-slots.js';
import type { RoleDefinition } from './role-definition.js';
import type { RoleStopReason } from './role-hooks.js';
import type { StandingNodes } from './standing-nodes.js';
import type { SlotLedger } from './slot-ledger.js';
import { SlotRunner } from './slot-runner.js';
import { Turns } from './turns.js';

/** How long after a failed transaction it is tried again (ms). */
const RETRY: Millis = 500;

/** Tells the Allocator how many roles run here. Weight: as in the original. */
const ROLE_SIGNAL = { name: 'beethoven_role', weight: 0.1, type: 'count' } as const;

/** What a {@link SlotKeeper} works with. */
export interface SlotKeeperParts {
  readonly self: NodeId;
  readonly definitions: ReadonlyMap<string, RoleDefinition>;
  readonly roles: ClusterRoles;
  readonly offers: OwnOffers;
  readonly ledger: SlotLedger;
  readonly standing: StandingNodes;
  /** When a slot whose holder is not known to live may be taken: at once (0), or after a moment (ms since the epoch). */
  readonly claimableAt: (slot: string, holder: NodeId, now: Millis) => Millis;
  readonly allocator: AllocatorService;
  readonly clock: Clock;
  readonly quorum: QuorumService;
  /** Resolves when a slot that was given away runs elsewhere, or will not. */
  readonly takenOver: (id: string) => Promise<void>;
}

/**
 * This node's part of the plan: claims what it should take, runs what it holds, gives up what it should not hold. Everything
 * follows from the tables: `evaluate()` compares and acts, and may be called at any time.
 */
export class SlotKeeper {
  readonly #logger = new Logger(SlotKeeper.name);
  /** What runs or is stopping here, by slot. */
  readonly #runners = new Map<string, SlotRunner>();
  /** Slots whose claim is being decided. */
  readonly #claiming = new Map<string, Opening>();
  /** Slots on their way to another node. */
  readonly #leaving = new Set<string>();
  /** Epochs under which this node has held a slot that somebody else holds under the same one, by slot. */
  readonly #contested = new Map<string, number>();
  /** When a transaction that failed is tried again, by slot. */
  readonly #notBefore = new Map<string, Millis>();
  readonly #work = new Set<Promise<void>>();
  readonly #quorumSlots: QuorumSlots;
  readonly #turns: Turns;
  #timer: Timer | undefined;
  #scores: Subscription | undefined;
  #stopped = false;

  constructor(private readonly parts: SlotKeeperParts) {
    const { self, quorum, ledger, roles, clock, offers } = parts;
    this.#turns = new Turns({
      self,
      isClosed: (opening) => this.#isQuorumRole(opening) && !this.#quorumSlots.canClaim,
      isHandingOver: (role) => this.#outgoing(role) !== undefined,
      claimableAt: (opening, now) => this.#claimableAt(opening, now),
      notBefore: ({ id }) => this.#notBefore.get(id) ?? 0,
    });
    this.#quorumSlots = new QuorumSlots(quorum, ledger, roles, clock, {
      wants: (role) => offers.current.has(role),
      failed: (id, retryAt) => {
        // The others may try in the meantime; after it, all in their turn again.
        this.#turns.postpone(id, Math.max(retryAt, clock.now() + RETRY));
        this.evaluate();
      },
      lost: async (id) => {
        const runner = this.#runners.get(id);
        if (runner !== undefined) await this.#track(this.#stop(runner, 'no-quorum'));
      },
    });
  }

  evaluate(): void {
    if (this.#stopped) return;
    const { offers, clock } = this.parts;
    const now = clock.now();
    for (const [id, at] of this.#notBefore) if (at <= now) this.#notBefore.delete(id);
    offers.refresh();
    this.stopSuperseded();
    for (const [id, epoch] of this.#contested)
      if (!this.#notBefore.has(id)) void this.#track(this.#raise(id, epoch));
    const view = this.#view();
    const { openings, surrenders } = plan(view);
    const surrendered = new Map(surrenders.map(({ slot, why }) => [slot.id, why]));
    const settled = [...view.slots.values()].filter((slot) => this.#isSettledHere(slot));
    // Two slots of one role may have come here: what it gives up is told to stop before anything starts. Only the transaction of a
    // slot on which nothing runs any more waits after a failure.
    for (const { id } of settled) {
      const why = surrendered.get(id);
      if (why !== undefined && (this.#runners.has(id) || !this.#notBefore.has(id)))
        void this.#track(this.#leave(id, reasonFor(why, offers.withdrawn)));
    }
    for (const slot of settled) if (!surrendered.has(slot.id)) this.#run(slot);
    for (const { id } of this.#quorumSlots.claims)
      if (surrendered.has(id)) this.#quorumSlots.withdraw(id);
    const { due, next } = this.#turns.take(openings, now);
    this.#watchScores(next < Infinity);
    const free = due.filter((opening) => !this.#isQuorumRole(opening));
    if (free.length > 0) void this.#track(this.#claim(free));
    for (const opening of due) if (this.#isQuorumRole(opening)) this.#quorumSlots.claim(opening);
    const { nextChange } = this.parts.standing;
    this.#wakeAt(Math.min(next, offers.nextChange, nextChange, ...this.#notBefore.values()));
  }

  /** Fires the signal of every instance whose slot has moved on: in the same instant in which this node learns of it. */
  stopSuperseded(): void {
    for (const runner of this.#runners.values()) {
      if (runner.state === 'stopping' || this.#leaving.has(runner.id)) continue;
      const slot = this.parts.roles.slot(runner.id);
      const isSameEpoch = slot?.epoch === runner.place.epoch;
      if (isSameEpoch && this.parts.ledger.isMine(slot)) continue;
      if (isSameEpoch && runner.definition.safety === 'available')
        this.#contested.set(runner.id, runner.place.epoch);
      void this.#track(this.#supersede(runner));
    }
  }

  /** What runs here: not what is stopping after its lease, which another node may hold by now. */
  get runners(): readonly SlotRunner[] {
    return [...this.#runners.values()].filter(({ definition, id, place }) => {
      return definition.safety === 'available' || this.#quorumSlots.isHeld({ id, ...place });
    });
  }

  /** Resolves when the claims, hand-overs and stops that are under way are done, and what followed from them. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Gives this node's slot of the role to another node. @returns whether another node has it now */
  async release(role: string): Promise<boolean> {
    const runner = this.runners.find(({ definition, state, id }) => {
      return definition.name === role && state !== 'stopping' && !this.#leaving.has(id);
    });
    if (runner === undefined || this.#successor(runner.id) === undefined) return false;
    await this.#track(this.#leave(runner.id, 'release'));
    const slot = this.parts.roles.slot(runner.id);
    return slot?.holder != null && !this.parts.ledger.isMine(slot);
  }

  /** Ends what still runs, without a word to the cluster. */
  stop(): void {
    this.#stopped = true;
    this.#wakeAt(Infinity);
    this.#scores?.unsubscribe();
    this.#quorumSlots.stop();
    for (const runner of this.#runners.values()) void this.#stop(runner, 'drain');
  }

  /** The view with this node's undecided claims as if they were won: it must not claim a second slot of the role meanwhile. */
  #view(): ReturnType<ClusterRoles['view']> {
    const { roles, offers, self: holder } = this.parts;
    const view = roles.view(offers.current);
    const stalled = new Set(view.members.filter((each) => each.stalled).map(({ id }) => id));
    // Its lease ends by itself, and nobody can win another before: there is nothing else to wait for.
    for (const slot of view.slots.values()) {
      if (slot.holder !== null && stalled.has(slot.holder) && this.#isQuorumRole(slot)) {
        view.slots.set(slot.id, { ...slot, holder: null });
      }
    }
    const life = view.members.find(({ id }) => id === holder)?.startedAt ?? 0;
    const claims = [...this.#claiming.values(), ...this.#quorumSlots.claims];
    for (const { id, role, index } of claims) {
      view.slots.set(id, { id, role, index, holder, life, epoch: 0, state: 'starting' });
    }
    return view;
  }

  #isQuorumRole({ role }: Pick<Slot, 'role'>): boolean {
    return this.parts.definitions.get(role)?.safety === 'quorum';
  }

  #isSettledHere({ id }: Slot): boolean {
    // As the table has it: what is claimed counts as held in the view, and is not.
    const isMine = this.parts.ledger.isMine(this.parts.roles.slot(id));
    return isMine && !this.#claiming.has(id) && !this.#leaving.has(id);
  }

  /** What goes on here until its successor runs: a node never runs two of one role. */
  #outgoing(role: string): SlotRunner | undefined {
    return [...this.#runners.values()].find(({ definition, state, id }) => {
      return definition.name === role && state !== 'stopping' && this.#leaving.has(id);
    });
  }

  #claimableAt(opening: Opening, now: Millis): Millis {
    const holder = this.parts.roles.slot(opening.id)?.holder ?? null;
    if (holder === null || this.#isQuorumRole(opening)) return 0;
    return this.parts.claimableAt(opening.id, holder, now);
  }

  /** While it waits for others to take a slot: they may wait for this node, because they know a newer score. */
  #watchScores(waiting: boolean): void {
    if (!waiting) {
      this.#scores?.unsubscribe();
      this.#scores = undefined;
    } else {
      this.#scores ??= this.parts.allocator.scores$.pipe(skip(1)).subscribe(() => this.evaluate());
    }
  }

  async #claim(due: readonly Opening[]): Promise<void> {
    const { ledger, offers } = this.parts;
    for (const opening of due) this.#claiming.set(opening.id, opening);
    try {
      await ledger.claim(due, (role) => offers.current.has(role));
    } catch (error) {
      this.#failed('Claiming', due, error);
    }
    for (const { id } of due) this.#claiming.delete(id);
  }

  /** No two holders may have the same fencing token: who goes on starts anew, under a higher one. */
  async #raise(id: string, epoch: number): Promise<void> {
    this.#contested.delete(id);
    try {
      await this.parts.ledger.raise(id, epoch);
    } catch (error) {
      this.#contested.set(id, epoch);
      this.#failed('Raising the epoch of', [{ id }], error);
    }
  }

  async #leave(id: string, reason: RoleStopReason): Promise<void> {
    this.#leaving.add(id);
    try {
      await this.#handOver(id, reason);
    } catch (error) {
      this.#failed('Handing over', [{ id }], error);
    }
    this.#leaving.delete(id);
  }

  async #handOver(id: string, reason: RoleStopReason): Promise<void> {
    const { ledger, takenOver } = this.parts;
    const runner = this.#runners.get(id);
    const slot = this.parts.roles.slot(id);
    const give = async (): Promise<void> => {
      if (slot !== undefined && this.#isQuorumRole(slot))
        this.#quorumSlots.handOver(id, this.#successor(id));
      else await ledger.handOver(id, () => this.#successor(id));
    };
    const startFirst = runner?.definition.handoff === 'start-first' && reason !== 'surplus';
    if (runner === undefined) {
      await give();
    } else if (startFirst && this.#successor(id) !== undefined) {
      try {
        await give();
        await takenOver(id);
      } finally {
        await this.#stop(runner, reason);
      }
    } else {
      await this.#stop(runner, reason);
      await give();
    }
  }

  /** Who should take a slot that this node gives up. */
  #successor(id: string): NodeId | undefined {
    const { ledger, roles } = this.parts;
    const leaving = [...this.#leaving, id]
      .map((each) => roles.slot(each))
      .filter((slot) => ledger.isMine(slot));
    const { openings } = plan(this.#view(), leaving);
    return openings.find((opening) => opening.id === id)?.candidates[0];
  }

  #run(slot: Slot): void {
    const { definitions, self: node, clock, ledger, allocator } = this.parts;
    const definition = definitions.get(slot.role);
    if (definition === undefined || this.#runners.has(slot.id)) return;
    if (definition.safety === 'quorum' && !this.#quorumSlots.mayStart(slot)) {
      if (this.#quorumSlots.canClaim) this.#quorumSlots.claim(slot);
      else this.#quorumSlots.declineWithoutQuorum(slot);
      return;
    }
    void this.#outgoing(slot.role)?.stop('release');
    const place = { slot: slot.index, epoch: slot.epoch, node };
    const runner = new SlotRunner(definition, place, clock, {
      running: () => ledger.markRunning(slot.id, slot.epoch),
      gaveUp: () => this.#giveUp(runner),
    });
    this.#runners.set(slot.id, runner);
    this.#logger.log(`${definition.className} runs here (role ${slot.id}, epoch ${slot.epoch})`);
    runner.start();
    allocator.send({ ...ROLE_SIGNAL, delta: 1 });
  }

  async #supersede(runner: SlotRunner): Promise<void> {
    await this.#stop(runner, 'superseded');
    if (runner.definition.safety === 'quorum')
      this.#quorumSlots.release({ id: runner.id, ...runner.place });
  }

  async #stop(runner: SlotRunner, reason: RoleStopReason): Promise<void> {
    await runner.stop(reason);
    this.#logger.log(`${runner.definition.className} has stopped (role ${runner.id}, ${reason})`);
    this.#forget(runner);
  }

  /** Once it is not offered any more, the plan has this node hand the slot over. */
  #giveUp(runner: SlotRunner): void {
    const { definition } = runner;
    const span = this.parts.offers.bar(definition.name);
    this.#logger.warn(`This node does not take role ${definition.name} for ${span / 1_000} s`);
    this.#forget(runner);
    this.evaluate();
  }

  #forget(runner: SlotRunner): void {
    if (this.#runners.get(runner.id) !== runner) return;
    this.#runners.delete(runner.id);
    this.parts.allocator.send({ ...ROLE_SIGNAL, delta: -1 });
  }

  #failed(what: string, slots: readonly { readonly id: string }[], error: unknown): void {
    const again = this.parts.clock.now() + RETRY;
    for (const { id } of slots) this.#notBefore.set(id, again);
    if (error instanceof TablesStoppedError) return; // this node ends, and what it held goes to the others
    const names = slots.map(({ id }) => id).join(', ');
    this.#logger.warn(`${what} role ${names} failed, and is tried again: ${detail(error)}`);
  }

  /** @param work Never rejects. */
  async #track(work: Promise<void>): Promise<void> {
    this.#work.add(work);
    await work;
    this.#work.delete(work);
    this.evaluate();
  }

  #wakeAt(at: Millis): void {
    this.#timer?.cancel();
    const { clock } = this.parts;
    this.#timer =
      at === Infinity
        ? undefined
        : clock.setTimer(Math.ceil(Math.max(0, at - clock.now())), () => this.evaluate());
  }
}

function reasonFor(why: Surrender['why'], withdrawn: boolean): RoleStopReason {
  if (withdrawn) return 'drain';
  return why === 'not-offered' ? 'release' : 'surplus';
}
