import { Logger } from '@nestjs/common';
import type { Clock, Timer } from '../network/clock.js';
import type { Millis, NodeId } from '../protocol/terms.js';
import type { RoleDefinition } from './role-definition.js';
import type { OnRoleStart, OnRoleStop, RoleStopReason } from './role-hooks.js';

/** Where an instance runs, and under which epoch. */
export interface Place {
  readonly slot: number;
  readonly epoch: number;
  readonly node: NodeId;
}

/** What the owner of an {@link Activation} is told; each at most once, and nothing after `end()`. */
export interface ActivationOwner {
  started(): void;
  crashed(error: unknown): void;
}

/**
 * How long the promise of `onRoleStart` may stay pending before the role counts as started (ms): for a role that works inside
 * `onRoleStart` until its signal fires.
 */
const START_GRACE: Millis = 100;

/** One instance of a role, from its construction to its end. */
export class Activation {
  readonly #logger = new Logger(Activation.name);
  readonly #abort = new AbortController();
  #instance: (OnRoleStart & Partial<OnRoleStop>) | undefined;
  #life: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(
    private readonly definition: RoleDefinition,
    private readonly place: Place,
    private readonly clock: Clock,
    private readonly owner: ActivationOwner,
  ) {}

  begin(): void {
    this.#life = this.#live();
  }

  /**
   * Fires the signal at once, then calls `onRoleStop`. Resolves when that and a pending `onRoleStart` are done, so that the next
   * instance meets nobody, or when `stopTimeout` is over. Never rejects; only the first reason counts.
   */
  end(reason: RoleStopReason): Promise<void> {
    return (this.#ending ??= this.#end(reason));
  }

  async #live(): Promise<void> {
    const { definition, place, owner } = this;
    const { signal } = this.#abort;
    let started = false;
    const start = (): void => {
      if (started || signal.aborted) return;
      started = true;
      owner.started();
    };
    try {
      const instance = await definition.create();
      if (signal.aborted) return;
      this.#instance = instance;
      const { name: role, args } = definition;
      const running = instance.onRoleStart({ role, args, signal, ...place });
      if (running === undefined) return start();
      const grace = this.clock.setTimer(START_GRACE, start);
      try {
        await running;
      } finally {
        grace.cancel();
      }
      start();
    } catch (error) {
      // Work that is interrupted by its signal usually rejects: that is how it ends, not how it fails.
      if (!signal.aborted) owner.crashed(error);
    }
  }

  async #end(reason: RoleStopReason): Promise<void> {
    // Without a reason of ours: whatever was given the signal then rejects with the usual AbortError.
    this.#abort.abort();
    const done = Promise.all([this.#life, this.#callStop(reason)]);
    const { stopTimeout } = this.definition;
    let timer: Timer | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = this.clock.setTimer(stopTimeout, () => resolve('late'));
    });
    if ((await Promise.race([done, late])) === 'late') {
      this.#logger.warn(
        `${this.#name} has not stopped in ${stopTimeout} ms and is no longer waited for. Let onRoleStart end when its signal fires, make onRoleStop quicker, or raise stopTimeout.`,
      );
    }
    timer?.cancel();
  }

  async #callStop(reason: RoleStopReason): Promise<void> {
    try {
      await this.#instance?.onRoleStop?.(reason);
    } catch (error) {
      this.#logger.error(`onRoleStop of ${this.#name} failed; its slot goes on`, detail(error));
    }
  }

  get #name(): string {
    const { name, className } = this.definition;
    return `${className} (role ${name}/${this.place.slot}, epoch ${this.place.epoch})`;
  }
}

/** What a log line shows of something thrown. */
export function detail(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
