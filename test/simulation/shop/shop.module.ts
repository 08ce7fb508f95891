import { Module, type DynamicModule } from '@nestjs/common';
import { BeethovenModule } from 'nestjs-beethoven';
import { Clerk } from './clerk.js';
import {
  AgentRole,
  ArchiveRole,
  DaemonRole,
  FragileRole,
  MailRole,
  PollerRole,
} from './shop.roles.js';
import { WITNESS, type Witness } from './witness.js';

/** What every node of the simulated clusters runs. */
@Module({})
export class ShopModule {
  static toldTo(witness: () => Witness): DynamicModule {
    return {
      module: ShopModule,
      imports: [BeethovenModule.forRoot({ clusterName: 'shop', clusterNetMask: 28 })],
      providers: [
        { provide: WITNESS, useFactory: witness },
        Clerk,
        MailRole,
        PollerRole,
        ArchiveRole,
        AgentRole,
        FragileRole,
        DaemonRole,
      ],
    };
  }
}
