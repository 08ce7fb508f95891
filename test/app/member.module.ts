import { Module, type DynamicModule, type OnModuleInit, type Type } from '@nestjs/common';
import {
  BeethovenModule,
  Role,
  type OnRoleStart,
  type OnRoleStop,
  type RoleContext,
} from 'nestjs-beethoven';
import type { MemberSpec, Report } from '../support/protocol.js';
import { stamp } from '../support/stamp.js';

export function tell(report: Report): void {
  process.send?.(report);
}

function roleClass(definition: MemberSpec['roles'][number]): Type<OnRoleStart & OnRoleStop> {
  @Role(definition)
  class MemberRole implements OnRoleStart, OnRoleStop {
    #context: RoleContext | undefined;

    onRoleStart(context: RoleContext): void {
      const at = stamp();
      this.#context = context;
      const { role, slot, epoch } = context;
      tell({ report: 'role', type: 'start', at, role, slot, epoch });
      context.signal.addEventListener('abort', () =>
        tell({ report: 'role', type: 'stop', at: stamp(), role, slot, epoch }),
      );
    }

    onRoleStop(): void {
      if (this.#context === undefined) return;
      const { role, slot, epoch } = this.#context;
      tell({ report: 'role', type: 'stopped', at: stamp(), role, slot, epoch });
    }
  }
  return MemberRole;
}

/** The application of one member process: whatever its parent wrote into `MEMBER`. */
@Module({})
export class MemberModule implements OnModuleInit {
  onModuleInit(): void {
    tell({ report: 'assembled', at: stamp() });
  }

  static from({ beethoven, roles }: MemberSpec): DynamicModule {
    if (beethoven === false) return { module: MemberModule };
    return {
      module: MemberModule,
      imports: [BeethovenModule.forRoot(beethoven)],
      providers: roles.map(roleClass),
    };
  }
}
