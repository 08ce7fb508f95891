import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  BeethovenModule,
  BeethovenService,
  type BeethovenOptions,
  CallLostError,
  DistrServer,
  DistrServerBase,
  DistrServerClient,
  HandleCall,
  Role,
} from 'nestjs-beethoven';

/** A server that counts, and is one in the cluster: its table is all that it knows. */
@Role({ name: 'brain' })
@DistrServer({ table: { name: 'brain', key: 'id', columns: ['id', 'value', 'thought'] } })
class Brain extends DistrServerBase<{
  readonly id: string;
  readonly value: number;
  readonly thought: string;
}> {
  @HandleCall()
  async count(): Promise<number> {
    return this.table.transaction((tx) => {
      const value = (tx.get('n')?.value ?? 0) + 1;
      tx.put({ id: 'n', value, thought: 'cogito ergo sum' });
      return value;
    });
  }
}

@Module({
  imports: [
    BeethovenModule.forRoot({
      clusterName: 'brains',
      nodeName: `brain-${process.pid}`,
      listenerPort: Number(process.env['PORT']),
      ...(JSON.parse(process.env['OPTIONS'] ?? '{}') as BeethovenOptions),
    }),
  ],
  providers: [Brain],
})
class BrainModule {}

const app = await NestFactory.createApplicationContext(BrainModule, { logger: false });
const beethoven = app.get(BeethovenService);
const brain = app.get(DistrServerClient).of(Brain);

/** Whoever asks has seen the process end that is killed: a call that was lost with it was not carried out. */
async function count(): Promise<number> {
  try {
    return await brain.count();
  } catch (error) {
    if (error instanceof CallLostError) return count();
    throw error;
  }
}

// Whoever sends a message is told a number, and which process holds the role.
process.on('message', () => {
  void (async () => {
    const value = await count();
    const [holder] = beethoven.whereIs('brain');
    process.send?.({ value, holder: Number(/^brain-(\d+)@/.exec(holder ?? '')?.[1]) });
  })();
});
await beethoven.untilReady(20_000);
process.send?.({ ready: beethoven.self.id });
