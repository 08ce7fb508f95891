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

/** Every role of the shop: its instances, and whether two holders may meet for the moment of a hand-over. */
export const SHOP_ROLES: ReadonlyMap<string, { instances: number; startFirst: boolean }> = new Map([
  ['mail', { instances: 1, startFirst: false }],
  ['poller', { instances: 2, startFirst: true }],
  ['archive', { instances: 3, startFirst: false }],
  ['agent', { instances: 100, startFirst: false }],
  ['fragile', { instances: 2, startFirst: false }],
  ['daemon', { instances: 1, startFirst: false }],
]);
