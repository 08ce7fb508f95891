import { Module } from '@nestjs/common';
import { BeethovenModule } from 'nestjs-beethoven';
import { Reporter } from './reporter.js';
import { NightlyRole } from './roles/nightly.role.js';
import { TestdRole } from './roles/testd.role.js';
import { TestRole } from './roles/test.role.js';

@Module({
  imports: [
    BeethovenModule.forRoot({
      clusterName: 'demo',
      listenerPort: Number(process.env['PORT'] ?? 33_000),
    }),
  ],
  providers: [NightlyRole, Reporter, TestRole, TestdRole],
})
export class AppModule {}
