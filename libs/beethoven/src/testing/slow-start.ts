import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import type { Clock } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';

@Module({})
class SlowStartModule {}

/** Waits, in virtual time, once the modules of the application are initialised, and again once they are bootstrapped. */
class SlowHooks implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly clock: Clock,
    private readonly ms: Millis,
  ) {}

  onModuleInit(): Promise<void> {
    return this.wait();
  }

  onApplicationBootstrap(): Promise<void> {
    return this.wait();
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(this.ms / 2, resolve));
  }
}

/** The application, with a start that takes so long: half of it before its nodes can be found, half after it. */
export function slowStart(module: Type | DynamicModule, clock: Clock, ms: Millis): DynamicModule {
  return {
    module: SlowStartModule,
    imports: [module],
    providers: [{ provide: SlowHooks, useValue: new SlowHooks(clock, ms) }],
  };
}
