import { Injectable } from '@nestjs/common';
import { SIGNAL_METADATA, type SignalOptions } from '../decorators/signal.decorator.js';
import { MethodExplorer, type DecoratedMethod } from './method.explorer.js';

/** Finds the methods that carry `@Signal`. */
@Injectable()
export class SignalExplorer {
  constructor(private readonly methods: MethodExplorer) {}

  find(): DecoratedMethod<SignalOptions>[] {
    return this.methods.find<SignalOptions>(SIGNAL_METADATA, '@Signal');
  }
}
