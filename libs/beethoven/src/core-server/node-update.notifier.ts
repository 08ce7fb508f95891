import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ON_NODE_UPDATE_METADATA } from '../decorators/on-node-update.decorator.js';
import { MethodExplorer, type DecoratedMethod } from '../discovery/method.explorer.js';
import type { MembershipEvent } from './cluster-node.js';
import { CoreServerService } from './core-server.service.js';

/** Tells the `@OnNodeUpdate()` methods of the application. */
@Injectable()
export class NodeUpdateNotifier implements OnModuleInit {
  readonly #logger = new Logger(NodeUpdateNotifier.name);

  constructor(
    private readonly explorer: MethodExplorer,
    private readonly coreServer: CoreServerService,
  ) {}

  onModuleInit(): void {
    const handlers = this.explorer.find(ON_NODE_UPDATE_METADATA, '@OnNodeUpdate()');
    if (handlers.length === 0) return;
    this.coreServer.membership$.subscribe((event) => {
      for (const handler of handlers) void this.#tell(handler, event);
    });
  }

  async #tell(
    { instance, method, name }: DecoratedMethod<unknown>,
    event: MembershipEvent,
  ): Promise<void> {
    try {
      await instance[method]?.(event);
    } catch (error) {
      const detail = error instanceof Error ? error.stack : String(error);
      this.#logger.error(`${name} failed on "${event.type}" of ${event.node.id}`, detail);
    }
  }
}
