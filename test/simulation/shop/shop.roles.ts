import { Inject } from '@nestjs/common';
import {
  CoreServerService,
  Role,
  type OnRoleStart,
  type OnRoleStop,
  type RoleContext,
  type RoleStopReason,
} from 'nestjs-beethoven';
import { WITNESS, type Activation, type Witness } from './witness.js';

/** What all roles of the shop do: tell the witness when their code begins and ends. */
abstract class ShopRole implements OnRoleStart, OnRoleStop {
  #activation: Activation | undefined;

  constructor(
    @Inject(WITNESS) protected readonly witness: Witness,
    protected readonly coreServer: CoreServerService,
  ) {}

  async onRoleStart(context: RoleContext): Promise<void> {
    const { self } = this.coreServer;
    const activation = this.witness.started(self, context);
    this.#activation = activation;
    context.signal.addEventListener('abort', () => activation.aborted());
    if (this.witness.sabotages(self, context.role)) throw new Error('Sabotage!');
    await this.work(context);
  }

  async onRoleStop(reason: RoleStopReason): Promise<void> {
    await this.rest();
    this.#activation?.ended(reason);
  }

  protected async work(_context: RoleContext): Promise<void> {}

  protected async rest(): Promise<void> {}
}

@Role({ name: 'mail', instances: 1 })
export class MailRole extends ShopRole {}

/** No gap: the successor is up before this one stops. Takes its time to get up. */
@Role({ name: 'poller', instances: 2, handoff: 'start-first' })
export class PollerRole extends ShopRole {
  protected override async work(): Promise<void> {
    await this.witness.sleep(this.coreServer.self, 80);
  }
}

/** Takes its time to stop. */
@Role({ name: 'archive', instances: 3 })
export class ArchiveRole extends ShopRole {
  protected override async rest(): Promise<void> {
    await this.witness.sleep(this.coreServer.self, 300);
  }
}

/** On every node. */
@Role({ name: 'agent', instances: 100 })
export class AgentRole extends ShopRole {}

/** Gives up after its second crash in a second. */
@Role({ name: 'fragile', instances: 2, restart: { maxRestarts: 1, within: 1_000 } })
export class FragileRole extends ShopRole {}

/** One long promise. */
@Role({ name: 'daemon', instances: 1 })
export class DaemonRole extends ShopRole {
  protected override async work({ signal }: RoleContext): Promise<void> {
    if (signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

/** New in the second edition. */
@Role({ name: 'report', instances: 1 })
export class ReportRole extends ShopRole {}

@Role({ name: 'poller', instances: 3, handoff: 'start-first' })
export class WiderPollerRole extends PollerRole {}

@Role({ name: 'archive', instances: 1 })
export class SmallerArchiveRole extends ArchiveRole {}

/** Never twice, whatever happens. */
@Role({ name: 'ledger', instances: 1, safety: 'quorum' })
export class LedgerRole extends ShopRole {}

/** Takes its time to stop: within what the lease leaves for it. */
@Role({ name: 'vault', instances: 2, safety: 'quorum' })
export class VaultRole extends ShopRole {
  protected override async rest(): Promise<void> {
    await this.witness.sleep(this.coreServer.self, 300);
  }
}

/** Nodes may run different versions of the application, as in a rolling upgrade. */
export type Edition = 'first' | 'second';

/** What is asked of a role of the shop. */
export interface RoleTerms {
  /** How many are wanted, by the editions that know the role. */
  readonly instances: Partial<Record<Edition, number>>;
  /** Two holders of a slot may meet for the moment of a hand-over. */
  readonly startFirst?: true;
  /** Only with a split-brain strategy that gives a quorum. */
  readonly needsQuorum?: true;
}

/** Every role of the shop, by name. */
export const SHOP_ROLES: ReadonlyMap<string, RoleTerms> = new Map<string, RoleTerms>([
  ['mail', { instances: { first: 1, second: 1 } }],
  ['poller', { instances: { first: 2, second: 3 }, startFirst: true }],
  ['archive', { instances: { first: 3, second: 1 } }],
  ['agent', { instances: { first: 100, second: 100 } }],
  ['fragile', { instances: { first: 2 } }],
  ['daemon', { instances: { first: 1, second: 1 } }],
  ['report', { instances: { second: 1 } }],
  ['ledger', { instances: { first: 1, second: 1 }, needsQuorum: true }],
  ['vault', { instances: { first: 2, second: 2 }, needsQuorum: true }],
]);
