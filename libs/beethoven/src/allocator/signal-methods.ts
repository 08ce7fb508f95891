import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { SignalOptions } from '../decorators/signal.decorator.js';
import { observeMethod, type Around } from '../discovery/method-tap.js';
import { SignalExplorer } from '../discovery/signal.explorer.js';
import { CLOCK, type Clock } from '../network/clock.js';
import { SignalIngress } from './signal-ingress.js';
import { SignalPoll } from './signal-poll.js';

type Count = Extract<SignalOptions, { type: 'count' }>;
type Sample = Exclude<SignalOptions, { type: 'count' }>;

/** Turns the calls of `@Signal` methods into signals: all calls once the application is wired, polls while the node runs. */
@Injectable()
export class SignalMethods implements OnModuleInit {
  readonly #polls: SignalPoll[] = [];

  constructor(
    private readonly explorer: SignalExplorer,
    private readonly ingress: SignalIngress,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    for (const found of this.explorer.find()) {
      const { metadata, instance, method } = found;
      this.ingress.announce(metadata);
      const around =
        metadata.type === 'count'
          ? inFlight(metadata, this.ingress)
          : sample(metadata, this.ingress);
      observeMethod(instance, method, around);
      if (metadata.every === undefined) continue;
      this.#polls.push(new SignalPoll(found, metadata.every, this.clock));
    }
  }

  start(): void {
    for (const poll of this.#polls) poll.start();
  }

  stop(): void {
    for (const poll of this.#polls) poll.stop();
  }
}

function inFlight({ name, type, weight }: Count, ingress: SignalIngress): Around {
  const begin = { name, type, weight, delta: 1 } as const;
  const end = { name, type, weight, delta: -1 } as const;
  return (call) => {
    ingress.send(begin);
    let pending = false;
    try {
      const result = call();
      if (!(result instanceof Promise)) return result;
      pending = true;
      return result.finally(() => ingress.send(end));
    } finally {
      if (!pending) ingress.send(end);
    }
  };
}

function sample(options: Sample, ingress: SignalIngress): Around {
  const send = (value: unknown) => {
    ingress.send({ ...options, value: value as number });
    return value;
  };
  return (call) => {
    const result = call();
    return result instanceof Promise ? result.then(send) : send(result);
  };
}
