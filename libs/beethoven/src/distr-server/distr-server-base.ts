import { Inject } from '@nestjs/common';
import type { OnRoleStart, RoleContext } from '../role-mgmt/role-hooks.js';
import type { Table } from '../tables/table.js';
import { DistrServerHost } from './distr-server-host.js';

/** Optional: what a DistrServer does when its table is new. */
export interface OnTableCreated<Row extends object> {
  /**
   * Once for the cluster, on one of the nodes that have the class, before any `onEntry`, and on an instance of its own; the promises
   * and their limits are those of {@link TableCreation}.
   */
  onTableCreated(table: Table<Row>): void | Promise<void>;
}

/** Optional: what a DistrServer does at every start. */
export interface OnEntry {
  /** Before the first message. A throw or a rejection is a crash. */
  onEntry(args: unknown): void | Promise<void>;
}

/** What the class of a `@DistrServer` extends. It may also have `onTableCreated` and `onEntry`. */
export abstract class DistrServerBase<Row extends object> implements OnRoleStart {
  @Inject(DistrServerHost)
  private readonly host!: DistrServerHost;

  /** This node's copy of the server's table. Not yet there in the constructor. */
  get table(): Table<Row> {
    return this.host.tableOf(this) as unknown as Table<Row>;
  }

  /** Called by the framework; pending for as long as the server runs. */
  onRoleStart({ args, signal }: RoleContext): Promise<void> {
    return this.host.run(this, args, signal);
  }
}
