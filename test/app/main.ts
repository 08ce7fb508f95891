import 'reflect-metadata';
import type { LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  AllocatorService,
  BeethovenService,
  CoreServerService,
  RoleMgmtService,
} from 'nestjs-beethoven';
import type { Command, MemberSpec } from '../support/protocol.js';
import { stamp } from '../support/stamp.js';
import { MemberModule, tell } from './member.module.js';

const spec = JSON.parse(process.env['MEMBER'] ?? '{}') as MemberSpec;
tell({ report: 'starting', at: stamp() });
const app = await NestFactory.createApplicationContext(MemberModule.from(spec), {
  logger: (process.env['MEMBER_LOG'] ?? 'error').split(',') as LogLevel[],
});
app.enableShutdownHooks();
const keepAlive = setInterval(() => undefined, 60_000);
process.on('disconnect', () => process.exit(0));
process.once('SIGTERM', () => clearInterval(keepAlive));

if (spec.beethoven === false) {
  tell({ report: 'started', at: stamp(), id: 'bare' });
  process.on('message', ({ command }: Command) => {
    if (command === 'collect-garbage') global.gc?.();
    tell({
      report: 'state',
      at: stamp(),
      live: [],
      roles: [],
      running: [],
      cpu: process.cpuUsage(),
      rss: process.memoryUsage.rss(),
    });
  });
} else {
  const core = app.get(CoreServerService);
  const allocator = app.get(AllocatorService);
  const roleMgmt = app.get(RoleMgmtService);
  const beethoven = app.get(BeethovenService);

  const live = () => core.nodes().map(({ id }) => id);
  core.membership$.subscribe(({ type, node }) =>
    tell({ report: 'node', at: stamp(), type, node: node.id, live: live() }),
  );
  tell({ report: 'started', at: stamp(), id: core.self.id });
  // Whoever was found before the subscription is told here.
  for (const { id, self } of core.nodes())
    if (!self) tell({ report: 'node', at: stamp(), type: 'joined', node: id, live: live() });
  beethoven.untilReady(300_000).then(
    () => tell({ report: 'ready', at: stamp(), mode: beethoven.mode() }),
    (error: Error) => tell({ report: 'failed', at: stamp(), message: error.message }),
  );

  process.on('message', (command: Command) => {
    switch (command.command) {
      case 'busy':
        allocator.send({ name: 'busy', type: 'preProcessed', weight: 1, value: command.value });
        break;
      case 'follow-allocate': {
        let last: string | undefined;
        allocator.scores$.subscribe(() => {
          const node = allocator.allocate();
          if (node !== last) tell({ report: 'allocate', at: stamp(), node });
          last = node;
        });
        break;
      }
      case 'block':
        for (const end = Date.now() + command.ms; Date.now() < end;);
        break;
      case 'collect-garbage':
        global.gc?.();
        break;
      case 'state':
        tell({
          report: 'state',
          at: stamp(),
          live: live(),
          roles: beethoven.roles().map(({ role, nodes }) => ({ role, nodes: [...nodes] })),
          running: roleMgmt.local().map(({ role, epoch }) => ({ role, epoch })),
          cpu: process.cpuUsage(),
          rss: process.memoryUsage.rss(),
        });
    }
  });
}
