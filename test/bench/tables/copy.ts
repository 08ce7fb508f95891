import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BeethovenModule,
  BeethovenService,
  CoreServerService,
  TableService,
} from 'nestjs-beethoven';
import { Jobs } from './jobs.js';

// One process with copies of the tables, which does what its parent tells it.

@Module({
  imports: [BeethovenModule.forRoot({ listenerPort: Number(process.env['PORT']), hwMon: false })],
})
class CopyModule {}

const app = await NestFactory.createApplicationContext(CopyModule, { logger: ['error', 'warn'] });
await app.get(BeethovenService).untilReady(60_000);
const jobs = new Jobs(app.get(TableService), app.get(CoreServerService));

process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, job, given }: { id: number; job: keyof Jobs; given: never }) => {
  void (async () => {
    try {
      const result: unknown = await jobs[job](given);
      process.send?.({ id, result });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  })();
});
process.send?.({ id: 0 });
