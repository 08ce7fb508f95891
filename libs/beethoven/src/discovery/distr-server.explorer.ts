import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import {
  DISTR_SERVER_METADATA,
  type DistrServerOptions,
} from '../decorators/distr-server.decorator.js';
import { ROLE_METADATA } from '../decorators/role.decorator.js';
import type { DistrServerDefinition, Server } from '../distr-server/distr-server-definition.js';
import { handlersOf } from '../distr-server/handlers-of.js';
import { DistrServerDefinitionError } from '../errors/distr-server-definition.error.js';
import { roleSettings } from '../role-mgmt/role-settings.js';

/** Finds the providers with `@DistrServer`. Finds, constructs nothing. */
@Injectable()
export class DistrServerExplorer implements OnModuleInit {
  #definitions: ReadonlyMap<string, DistrServerDefinition> = new Map();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** The servers of this application by name; known once the modules are initialised. */
  get definitions(): ReadonlyMap<string, DistrServerDefinition> {
    return this.#definitions;
  }

  /** @throws DistrServerDefinitionError */
  onModuleInit(): void {
    const definitions = new Map<string, DistrServerDefinition>();
    const seen = new Set<unknown>();
    for (const { metatype, host } of this.discovery.getProviders()) {
      const options: unknown = metatype && Reflect.getOwnMetadata(DISTR_SERVER_METADATA, metatype);
      if (options === undefined || options === null || seen.has(metatype)) continue;
      seen.add(metatype);
      const moduleRef = host?.providers.get(ModuleRef)?.instance as ModuleRef | undefined;
      const definition = define(
        metatype as Type<Server>,
        options as DistrServerOptions,
        moduleRef ?? this.moduleRef,
      );
      const other = definitions.get(definition.name);
      if (other !== undefined)
        throw new DistrServerDefinitionError(
          definition.className,
          `${other.className} has the name "${definition.name}" too: give one of them another \`name\``,
        );
      definitions.set(definition.name, definition);
    }
    this.#definitions = definitions;
  }
}

function define(
  type: Type<Server>,
  options: DistrServerOptions,
  moduleRef: ModuleRef,
): DistrServerDefinition {
  const { name = type.name, table, subscribe = false, args } = options;
  const { restart, stopTimeout } = roleSettings(type.name, {
    name,
    restart: options.restart,
    stopTimeout: options.stopTimeout,
  });
  const handlers = handlersOf(type);
  if (!subscribe && [...handlers.values()].includes('event'))
    throw new DistrServerDefinitionError(
      type.name,
      'it has an @OnTableEvent() and does not subscribe: add `subscribe: true`',
    );
  return {
    name,
    className: type.name,
    type,
    table,
    subscribe,
    hasCreation: typeof (type.prototype as Partial<Server>).onTableCreated === 'function',
    args,
    restart,
    stopTimeout,
    isRole: Reflect.hasOwnMetadata(ROLE_METADATA, type),
    handlers,
    create: () => moduleRef.resolve<Server>(type),
  };
}
