import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ON_ROLE_UPDATE_METADATA } from '../decorators/on-role-update.decorator.js';
import { MethodExplorer } from '../discovery/method.explorer.js';
import { detail } from './activation.js';
import { RoleMgmtService } from './role-mgmt.service.js';

/** Tells the `@OnRoleUpdate()` methods of the application. */
@Injectable()
export class RoleUpdateNotifier implements OnModuleInit {
  readonly #logger = new Logger(RoleUpdateNotifier.name);

  constructor(
    private readonly explorer: MethodExplorer,
    private readonly roleMgmt: RoleMgmtService,
  ) {}

  onModuleInit(): void {
    for (const { instance, method, name } of this.explorer.find(
      ON_ROLE_UPDATE_METADATA,
      '@OnRoleUpdate()',
    )) {
      this.roleMgmt.events$.subscribe((event) => {
        void (async () => instance[method]?.(event))().catch((error: unknown) => {
          this.#logger.error(
            `${name} failed on "${event.type}" of role ${event.role}`,
            detail(error),
          );
        });
      });
    }
  }
}
