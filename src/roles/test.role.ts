import { Logger } from '@nestjs/common';
import {
  Role,
  type OnRoleStart,
  type OnRoleStop,
  type RoleContext,
  type RoleStopReason,
} from 'nestjs-beethoven';

/** The plain example: two of the nodes run it. */
@Role({ name: 'test', instances: 2, args: { arg1: 'arg1' } })
export class TestRole implements OnRoleStart, OnRoleStop {
  readonly #logger = new Logger(TestRole.name);

  onRoleStart({ slot, epoch }: RoleContext): void {
    this.#logger.log(`instance ${slot} starts here, epoch ${epoch}`);
  }

  onRoleStop(reason: RoleStopReason): void {
    this.#logger.log(`stops here: ${reason}`);
  }
}
