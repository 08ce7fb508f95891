import { Inject, type Type } from '@nestjs/common';
import { InvalidSignalError } from '../errors/invalid-signal.error.js';
import { AllocatorService } from './allocator.service.js';
import { checkSignal } from './signal-definition.js';

/** Weight and type of one signal of a {@link SignalAgent}; the names are snake_case keys. */
export type AgentSignal =
  | {
      /** Share in the node's busy score: 0 or more. */
      readonly weight: number;
      readonly type: 'percent' | 'count';
    }
  | {
      /** Has no part in the score: the value is added as it is. */
      readonly weight?: number | undefined;
      readonly type: 'preProcessed';
    };

export type AgentSignals = Readonly<Record<string, AgentSignal>>;

/** `http_requests` becomes `HttpRequests`. */
type PascalCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Capitalize<Head>}${PascalCase<Tail>}`
  : Capitalize<Name>;

type NamesOf<Signals extends AgentSignals, Kind extends AgentSignal['type']> = {
  [Name in keyof Signals & string]: Signals[Name]['type'] extends Kind ? PascalCase<Name> : never;
}[keyof Signals & string];

/** The methods that a definition stands for. */
export type AgentMethods<Signals extends AgentSignals> = {
  /** Tells where the percentage stands (0 to 100, clamped). */
  readonly [Name in NamesOf<Signals, 'percent'> as `percent${Name}`]: (data: number) => void;
} & {
  /** Tells the term of the score itself. */
  readonly [Name in NamesOf<Signals, 'preProcessed'> as `preProcessed${Name}`]: (
    data: number,
  ) => void;
} & {
  /** One more. */
  readonly [Name in NamesOf<Signals, 'count'> as `increment${Name}Count`]: () => void;
} & {
  /** One less; never below zero. */
  readonly [Name in NamesOf<Signals, 'count'> as `decrement${Name}Count`]: () => void;
};

/** Where Nest puts the allocator: a symbol, so that no signal's method can take its place. */
const ALLOCATOR = Symbol('beethoven:allocator');

/**
 * Makes a base class with a method for each way to send each signal, typed from the definition. The class that extends it
 * is an ordinary provider and needs no constructor.
 *
 * @throws InvalidSignalError while the class is defined, for a signal that no score can be made of, or two that would share a
 * method.
 *
 * @example
 * ```ts
 * class Signals extends SignalAgent({
 *   ram: { weight: 10, type: 'percent' },
 *   http_requests: { weight: 5, type: 'count' },
 * }) {}
 *
 * signals.percentRam(60);
 * signals.incrementHttpRequestsCount();
 * signals.decrementHttpRequestsCount();
 * ```
 */
export function SignalAgent<const Signals extends AgentSignals>(
  signals: Signals,
): Type<AgentMethods<Signals>> {
  class Agent {
    @Inject(AllocatorService) readonly [ALLOCATOR]!: AllocatorService;
  }
  for (const [name, definition] of Object.entries(signals)) {
    checkSignal({ name, ...definition }, 'SignalAgent');
    for (const [method, send] of methodsOf(name, definition)) {
      if (Object.hasOwn(Agent.prototype, method)) {
        const fault = `${method}() stands for another signal already; rename one of the two.`;
        throw new InvalidSignalError(name, fault, 'SignalAgent');
      }
      Object.defineProperty(Agent.prototype, method, {
        value: send,
        writable: true,
        configurable: true,
      });
    }
  }
  return Agent as unknown as Type<AgentMethods<Signals>>;
}

type Send = (this: { readonly [ALLOCATOR]: AllocatorService }, data: number) => void;

function methodsOf(name: string, { type, weight = 0 }: AgentSignal): [string, Send][] {
  const pascal = name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  if (type !== 'count') {
    return [
      [
        `${type}${pascal}`,
        function (value) {
          this[ALLOCATOR].send({ name, type, weight, value });
        },
      ],
    ];
  }
  const one = { name, type, weight, delta: 1 } as const;
  const less = { ...one, delta: -1 } as const;
  return [
    [
      `increment${pascal}Count`,
      function () {
        this[ALLOCATOR].send(one);
      },
    ],
    [
      `decrement${pascal}Count`,
      function () {
        this[ALLOCATOR].send(less);
      },
    ],
  ];
}
