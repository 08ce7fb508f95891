import type { HandlerKind } from '../decorators/distr-server.decorator.js';
import type { RestartOptions } from '../protocol/roles/restart-limit.js';
import type { Millis } from '../protocol/terms.js';
import type { TableConfig } from '../tables/table.js';
import type { DistrServerBase, OnEntry, OnTableCreated } from './distr-server-base.js';

export type ServerRow = Record<string, unknown>;
export type Server = DistrServerBase<ServerRow> &
  Partial<OnTableCreated<ServerRow> & OnEntry> &
  Record<string, unknown>;

/** A DistrServer that this application can run. */
export interface DistrServerDefinition {
  readonly name: string;
  readonly className: string;
  readonly type: unknown;
  readonly table: TableConfig<ServerRow>;
  readonly subscribe: boolean;
  readonly hasCreation: boolean;
  readonly args: unknown;
  readonly restart: RestartOptions;
  readonly stopTimeout: Millis;
  /** Its `@Role` decides where it runs. */
  readonly isRole: boolean;
  readonly handlers: ReadonlyMap<string, HandlerKind>;
  /** A new instance, from Nest's injector. */
  create(): Promise<Server>;
}
