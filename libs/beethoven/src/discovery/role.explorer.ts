import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import {
  RESOLVED_OPTIONS,
  type ConfiguredRole,
  type ResolvedOptions,
} from '../beethoven.options.js';
import { ROLE_METADATA, type RoleOptions } from '../decorators/role.decorator.js';
import { DuplicateRoleError } from '../errors/duplicate-role.error.js';
import { RoleDefinitionError } from '../errors/role-definition.error.js';
import type { RoleDefinition } from '../role-mgmt/role-definition.js';
import type { OnRoleStart, OnRoleStop } from '../role-mgmt/role-hooks.js';
import { roleSettings } from '../role-mgmt/role-settings.js';

type Provider = ReturnType<DiscoveryService['getProviders']>[number];
type RoleInstance = OnRoleStart & Partial<OnRoleStop>;

/** Finds the roles of the application: providers with `@Role`, and the option `roles`. Finds, constructs nothing. */
@Injectable()
export class RoleExplorer implements OnModuleInit {
  #definitions: ReadonlyMap<string, RoleDefinition> = new Map();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly moduleRef: ModuleRef,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * @throws {@link RoleDefinitionError} for a role that cannot be used as declared.
   * @throws {@link DuplicateRoleError} for two roles of one name.
   */
  onModuleInit(): void {
    const definitions = new Map<string, RoleDefinition>();
    for (const definition of [...this.decorated(), ...this.configured()]) {
      const other = definitions.get(definition.name);
      if (other !== undefined) {
        throw new DuplicateRoleError(definition.name, [other.className, definition.className]);
      }
      if (definition.safety === 'quorum' && this.options.splitBrain.strategy === 'keep-all') {
        throw new RoleDefinitionError(definition.className, [
          "safety: got 'quorum', which needs a split-brain strategy: give BeethovenModule the option splitBrain, such as { strategy: 'static-quorum', quorumSize: 2 }, or make the role 'available'",
        ]);
      }
      definitions.set(definition.name, definition);
    }
    this.#definitions = definitions;
  }

  /** The roles of this application by name; known once the modules are initialised. */
  get definitions(): ReadonlyMap<string, RoleDefinition> {
    return this.#definitions;
  }

  private *decorated(): Generator<RoleDefinition> {
    const seen = new Set<unknown>();
    for (const provider of this.discovery.getProviders()) {
      const { metatype, token } = provider;
      // Only the class itself: a subclass of a role is no second role of the same name.
      const options = metatype && Reflect.getOwnMetadata(ROLE_METADATA, metatype);
      // One class provided by several modules is one role.
      if (options === undefined || options === null || seen.has(metatype)) continue;
      seen.add(metatype);
      const className = (metatype as Type).name;
      if (!provider.isTransient) {
        throw new RoleDefinitionError(className, [
          'its scope is not transient, so it was constructed already: remove the other @Injectable() from it',
        ]);
      }
      const moduleRef = this.injectorOf(provider);
      yield {
        ...roleSettings(className, options as RoleOptions),
        className,
        create: () => moduleRef.resolve<RoleInstance>(token as Type<RoleInstance>),
      };
    }
  }

  private *configured(): Generator<RoleDefinition> {
    const providers = this.discovery.getProviders();
    for (const options of this.options.roles) {
      const { role } = options;
      const provider = providers.find(({ metatype }) => metatype === role);
      const moduleRef = provider ? this.injectorOf(provider) : this.moduleRef;
      yield {
        ...roleSettings(role.name, options satisfies ConfiguredRole),
        className: role.name,
        create: () => moduleRef.create<RoleInstance>(role),
      };
    }
  }

  /** What injects into the class: the module that provides it, so that it sees what its neighbours there see. */
  private injectorOf({ host }: Provider): ModuleRef {
    const moduleRef = host?.providers.get(ModuleRef)?.instance as ModuleRef | undefined;
    return moduleRef ?? this.moduleRef;
  }
}
