import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { BeethovenModule, type OnRoleStart, type SplitBrainOptions } from 'nestjs-beethoven';
import { Clerk } from './clerk.js';
import {
  AgentRole,
  ArchiveRole,
  DaemonRole,
  FragileRole,
  LedgerRole,
  MailRole,
  PollerRole,
  ReportRole,
  SmallerArchiveRole,
  VaultRole,
  WiderPollerRole,
  type Edition,
} from './shop.roles.js';
import { WITNESS, type Witness } from './witness.js';

/** The application, by its editions. */
export type Shops = Readonly<Record<Edition, DynamicModule>>;

const ROLES: Readonly<Record<Edition, readonly Type<OnRoleStart>[]>> = {
  first: [MailRole, PollerRole, ArchiveRole, AgentRole, FragileRole, DaemonRole],
  second: [MailRole, WiderPollerRole, SmallerArchiveRole, AgentRole, DaemonRole, ReportRole],
};
const QUORUM_ROLES: readonly Type<OnRoleStart>[] = [LedgerRole, VaultRole];

/** What the nodes of the simulated clusters run. */
@Module({})
export class ShopModule {
  static editions(splitBrain: SplitBrainOptions, witness: () => Witness): Shops {
    const quorumRoles = splitBrain.strategy === 'keep-all' ? [] : QUORUM_ROLES;
    const edition = (roles: readonly Type<OnRoleStart>[]): DynamicModule => ({
      module: ShopModule,
      imports: [BeethovenModule.forRoot({ clusterName: 'shop', clusterNetMask: 28, splitBrain })],
      providers: [{ provide: WITNESS, useFactory: witness }, Clerk, ...roles, ...quorumRoles],
    });
    return { first: edition(ROLES.first), second: edition(ROLES.second) };
  }
}
