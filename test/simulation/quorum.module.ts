import { Module } from '@nestjs/common';
import {
  BeethovenModule,
  Role,
  type OnRoleStart,
  type OnRoleStop,
  type RoleContext,
  type RoleStopReason,
  type SplitBrainOptions,
} from 'nestjs-beethoven';

/** What the instances of the ledger role have gone through, in all nodes. */
export interface Activity {
  readonly node: string;
  readonly epoch: number;
  readonly what: 'start' | 'abort' | RoleStopReason;
}

/** An application with a role that must never run twice, and one that may. */
export function ledgerModule(splitBrain: SplitBrainOptions, log: Activity[] = []) {
  @Role({ name: 'ledger', instances: 1, safety: 'quorum' })
  class LedgerRole implements OnRoleStart, OnRoleStop {
    #here = { node: '', epoch: 0 };

    onRoleStart({ node, epoch, signal }: RoleContext): void {
      this.#here = { node, epoch };
      log.push({ node, epoch, what: 'start' });
      signal.addEventListener('abort', () => log.push({ node, epoch, what: 'abort' }));
    }

    onRoleStop(reason: RoleStopReason): void {
      log.push({ ...this.#here, what: reason });
    }
  }

  @Role({ name: 'mail', instances: 1 })
  class MailRole implements OnRoleStart {
    onRoleStart(): void {}
  }

  @Module({
    imports: [BeethovenModule.forRoot({ clusterName: 'bank', splitBrain })],
    providers: [LedgerRole, MailRole],
  })
  class BankModule {}
  return BankModule;
}
