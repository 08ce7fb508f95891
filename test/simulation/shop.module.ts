import { Module } from '@nestjs/common';
import { BeethovenModule, Role, type OnRoleStart } from 'nestjs-beethoven';

@Role({ name: 'mail', instances: 1 })
export class MailRole implements OnRoleStart {
  onRoleStart(): void {}
}

@Role({ name: 'poller', instances: 2 })
export class PollerRole implements OnRoleStart {
  onRoleStart(): void {}
}

/** What every node of the simulated clusters runs. */
@Module({
  imports: [BeethovenModule.forRoot({ clusterName: 'shop' })],
  providers: [MailRole, PollerRole],
})
export class ShopModule {}
