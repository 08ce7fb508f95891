import { InvalidSignalError } from '../errors/invalid-signal.error.js';
import type { SignalType } from '../protocol/busy-score.js';

/** What stays the same from one sending of a signal to the next. */
export interface SignalDefinition {
  readonly name: string;
  readonly type: SignalType;
  readonly weight?: number | undefined;
}

/**
 * Refuses a definition that no score can be made of, also from callers that no compiler checks.
 *
 * @param where What carries the definition, for the message.
 * @throws InvalidSignalError
 */
export function checkSignal({ name, type, weight }: SignalDefinition, where?: string): void {
  const fault =
    typeof name !== 'string' || name === ''
      ? 'give it a name.'
      : type !== 'percent' && type !== 'count' && type !== 'preProcessed'
        ? `its type is ${String(type)}; use 'percent', 'count' or 'preProcessed'.`
        : type === 'preProcessed' && weight === undefined
          ? undefined
          : typeof weight !== 'number' || !(weight >= 0 && weight < Infinity)
            ? `its weight is ${String(weight)}; use a number of 0 or more.`
            : undefined;
  if (fault !== undefined) throw new InvalidSignalError(name, fault, where);
}
