import { SetMetadata } from '@nestjs/common';
import { checkSignal } from '../allocator/signal-definition.js';
import { tapMethod } from '../discovery/method-tap.js';
import { InvalidSignalError } from '../errors/invalid-signal.error.js';
import type { SignalType } from '../protocol/busy-score.js';
import type { Millis } from '../protocol/terms.js';

interface WeightedSignal<Type extends string> {
  /** With the type, what tells signals of one node apart: methods that share both report one signal. */
  readonly name: string;
  readonly type: Type;
  /** Share in the node's busy score: 0 or more. */
  readonly weight: number;
}

/** Its weight has no part in the score: what the method returns is added as it is. */
interface PreProcessedSignal extends Omit<WeightedSignal<'preProcessed'>, 'weight'> {
  readonly weight?: number | undefined;
}

/** The calls in flight are the signal: from the call to the return or the throw, or until the promise settles. */
export interface CountSignalOptions extends WeightedSignal<'count'> {
  readonly every?: never;
}

/** What the method returns, whenever somebody calls it, is the signal. */
export type SampledSignalOptions = (WeightedSignal<'percent'> | PreProcessedSignal) & {
  readonly every?: never;
};

/** What the method returns is the signal, and it is called for that alone. */
export type PolledSignalOptions = (WeightedSignal<'percent'> | PreProcessedSignal) & {
  /** Time from the end of one call to the next (ms, 10 to 86,400,000), while the node runs. */
  readonly every: Millis | undefined;
};

export type SignalOptions = CountSignalOptions | SampledSignalOptions | PolledSignalOptions;

type Method = (...args: never[]) => unknown;
type Sampler = (...args: never[]) => number | Promise<number>;
type Poll = () => number | Promise<number>;

type DecoratorFor<Signature extends Method> = <M extends Signature>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

const MIN_EVERY: Millis = 10;
const MAX_EVERY: Millis = 86_400_000;

export const SIGNAL_METADATA = Symbol('beethoven:signal');

/**
 * Makes a method of a provider or controller a signal of how busy this node is. The method itself behaves as before: same
 * `this`, same result, same errors. A sample that is no finite number is ignored and logged.
 *
 * Of a returned promise, the settling is the end of the call; anything else that is still at work after the return, such as
 * an Observable, is not waited for. Providers that are made anew for each request are not observed, and are warned about.
 *
 * @throws InvalidSignalError while the class is defined, for options that no score can be made of.
 *
 * @example
 * ```ts
 * @Injectable()
 * class Orders {
 *   @Signal({ name: 'orders', weight: 5, type: 'count' })
 *   async place(order: Order) {} // the calls in flight are the signal
 *
 *   @Signal({ name: 'queue_depth', weight: 10, type: 'percent', every: 1_000 })
 *   queueDepth() {
 *     return 42; // asked for every second
 *   }
 * }
 * ```
 */
export function Signal(options: CountSignalOptions): DecoratorFor<Method>;
export function Signal(options: SampledSignalOptions): DecoratorFor<Sampler>;
export function Signal(options: PolledSignalOptions): DecoratorFor<Poll>;
export function Signal(options: SignalOptions): DecoratorFor<Method> {
  return (target, method, descriptor) => {
    const where = `${target.constructor.name}.${method}`;
    checkSignal(options, where);
    const fault = misuse(options, target, descriptor);
    if (fault !== undefined) throw new InvalidSignalError(options.name, fault, where);
    tapMethod(descriptor);
    SetMetadata(SIGNAL_METADATA, options)(target, method, descriptor);
  };
}

/** What the compiler cannot see, or nobody asked it. */
function misuse(
  { type, every }: { readonly type: SignalType; readonly every?: Millis | undefined },
  target: object,
  { value }: PropertyDescriptor,
): string | undefined {
  if (typeof target === 'function') return 'a static method has no provider; drop `static`.';
  if (Reflect.hasOwnMetadata(SIGNAL_METADATA, value as object)) {
    return 'the method has another @Signal; give each a method of its own.';
  }
  if (every === undefined) return undefined;
  if (type === 'count') return 'a count is not polled; drop `every`.';
  if (every >= MIN_EVERY && every <= MAX_EVERY) return undefined;
  return `\`every\` is ${String(every)}; use ${MIN_EVERY} to ${MAX_EVERY} ms.`;
}
