import type { RestartOptions } from '../protocol/roles/restart-limit.js';
import type { Millis } from '../protocol/terms.js';
import type { OnRoleStart, OnRoleStop } from './role-hooks.js';

/** A role that this application can run. */
export interface RoleDefinition {
  readonly name: string;
  readonly instances: number;
  readonly args: unknown;
  /** `quorum`: on one side of a partition at most. */
  readonly safety: 'available' | 'quorum';
  readonly handoff: 'stop-first' | 'start-first';
  readonly restart: RestartOptions;
  readonly stopTimeout: Millis;
  /** For log lines and errors. */
  readonly className: string;
  /** A new instance, from Nest's injector. Rejects with what its constructor, or a dependency's, throws. */
  create(): Promise<OnRoleStart & Partial<OnRoleStop>>;
}
