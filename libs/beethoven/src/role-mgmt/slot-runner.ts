import { Logger } from '@nestjs/common';
import type { Clock } from '../network/clock.js';
import { RestartLimit } from '../protocol/roles/restart-limit.js';
import { slotId } from '../protocol/roles/slot.js';
import { Activation, detail, type Place } from './activation.js';
import type { RoleDefinition } from './role-definition.js';
import type { RoleStopReason } from './role-hooks.js';

/** What the owner of a {@link SlotRunner} is told. */
export interface RunnerOwner {
  /** An instance has started; again after each restart. */
  running(runner: SlotRunner): void;
  /** The role crashed more often than its restart limit allows. Its last instance has ended. */
  gaveUp(runner: SlotRunner): void;
}

/** Keeps a slot's role running on this node under one epoch: each crash is followed by a new instance, within the limit. */
export class SlotRunner {
  readonly #logger = new Logger(SlotRunner.name);
  readonly #limit: RestartLimit;
  #activation: Activation;
  #stopping: Promise<void> | undefined;
  #running = false;

  constructor(
    readonly definition: RoleDefinition,
    readonly place: Place,
    private readonly clock: Clock,
    private readonly owner: RunnerOwner,
  ) {
    this.#limit = new RestartLimit(definition.restart);
    this.#activation = this.#next();
  }

  get id(): string {
    return slotId(this.definition.name, this.place.slot);
  }

  get state(): 'starting' | 'running' | 'stopping' {
    if (this.#stopping !== undefined) return 'stopping';
    return this.#running ? 'running' : 'starting';
  }

  start(): void {
    this.#activation.begin();
  }

  /** Fires the instance's signal at once; resolves when the instance has ended, or was waited for long enough. */
  stop(reason: RoleStopReason): Promise<void> {
    return (this.#stopping ??= this.#activation.end(reason));
  }

  #next(): Activation {
    const activation = new Activation(this.definition, this.place, this.clock, {
      started: () => {
        this.#running = true;
        this.owner.running(this);
      },
      crashed: (error) => void this.#recover(activation, error),
    });
    return activation;
  }

  async #recover(crashed: Activation, error: unknown): Promise<void> {
    this.#running = false;
    const restarts = this.#limit.allows(this.clock.now());
    this.#logger.error(
      `${this.definition.className} (role ${this.id}, epoch ${this.place.epoch}) crashed; ${restarts ? 'a new instance follows' : 'too often, so this node gives it up'}`,
      detail(error),
    );
    await crashed.end('crash');
    if (this.#stopping !== undefined) return;
    if (!restarts) return this.owner.gaveUp(this);
    this.#activation = this.#next();
    this.#activation.begin();
  }
}
