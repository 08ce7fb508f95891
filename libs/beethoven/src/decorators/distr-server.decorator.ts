import { Injectable, Scope, SetMetadata, applyDecorators } from '@nestjs/common';
import type { OnRoleStart } from '../role-mgmt/role-hooks.js';
import type { RestartOptions } from '../protocol/roles/restart-limit.js';
import type { TableConfig, TableEvent } from '../tables/table.js';

/** What `@DistrServer` takes. */
export interface DistrServerOptions {
  /** What other nodes call it by. @default the name of the class */
  readonly name?: string | undefined;
  /** Its brain: opened on every node whose application has the class, also where the server does not run. */
  readonly table: TableConfig<Record<string, unknown>> & {
    readonly type?: 'set' | 'ordered_set' | undefined;
  };
  /** Whether changes of the table are told to its `@OnTableEvent()` methods. @default false */
  readonly subscribe?: boolean | undefined;
  /** Handed to `onEntry`. Under `@Role`, the `args` of the role are. */
  readonly args?: unknown;
  /** As for a role; under `@Role`, that of the role counts. @default { maxRestarts: 3, within: 5000 } */
  readonly restart?: Partial<RestartOptions> | undefined;
  /** How long a stop waits for the message at hand (ms, 0 to 3,600,000); under `@Role`, that of the role counts. @default 10000 */
  readonly stopTimeout?: number | undefined;
}

export const DISTR_SERVER_METADATA = Symbol('beethoven:distr-server');
export const DISTR_HANDLER_METADATA = Symbol('beethoven:distr-handler');

/** What a method of a DistrServer is for. */
export type HandlerKind = 'call' | 'cast' | 'event';

/** One that extends `DistrServerBase`, of whatever rows. */
type ServerClass = abstract new (...args: never[]) => OnRoleStart & {
  readonly table: { readonly name: string };
};
type AsyncMethod = (...args: never[]) => Promise<unknown>;
type HandlerDecorator<Method> = <Handler extends Method>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/**
 * Makes a provider a server with a replicated table for a brain. It runs on every node whose application provides it, or, with `@Role`
 * on it as well, where the role is held. It does one thing at a time, and each start gets an instance of its own: hence the
 * transient scope.
 *
 * @example
 * ```ts
 * @DistrServer({ table: { name: 'sessions', key: 'id', columns: ['id', 'user'] }, subscribe: true })
 * export class Sessions extends DistrServerBase<Session> {
 *   @HandleCall() async touch(id: string): Promise<Session> {}
 * }
 * ```
 */
export function DistrServer(options: DistrServerOptions): (target: ServerClass) => void {
  return applyDecorators(
    Injectable({ scope: Scope.TRANSIENT }),
    SetMetadata(DISTR_SERVER_METADATA, options),
  );
}

/** A method that callers wait for: what it resolves or rejects with is theirs. */
export function HandleCall(): HandlerDecorator<AsyncMethod> {
  return SetMetadata(DISTR_HANDLER_METADATA, 'call' satisfies HandlerKind);
}

/** A method that callers do not wait for. What it rejects with crashes the server. */
export function HandleCast(): HandlerDecorator<AsyncMethod> {
  return SetMetadata(DISTR_HANDLER_METADATA, 'cast' satisfies HandlerKind);
}

/** A method that is told of each change of the table, in its turn among the messages. What it throws crashes the server. */
export function OnTableEvent(): HandlerDecorator<(event: TableEvent<never>) => unknown> {
  return SetMetadata(DISTR_HANDLER_METADATA, 'event' satisfies HandlerKind);
}
