import { Injectable, Logger } from '@nestjs/common';
import { TooManySignalsError } from '../errors/too-many-signals.error.js';
import { busyScore, busyTerm, type BusySignal, type SignalType } from '../protocol/busy-score.js';
import { checkSignal, type SignalDefinition } from './signal-definition.js';

/** Different signals of one node, by name and type. */
export const MAX_SIGNALS = 1_000;

interface Entry {
  readonly type: SignalType;
  weight: number;
  /** None yet for a signal that is only announced: it has no part in the score. */
  data: number | undefined;
}

/**
 * The signals of this node as last heard, and the score they make. Sending is on the path of every request that a signal
 * counts, so it costs one look-up; the sum is made when somebody asks for it.
 */
@Injectable()
export class SignalIngress {
  readonly #logger = new Logger('Allocator');
  /** By type, then name: one name may stand for a count and for a percentage at once, and is two signals then. */
  readonly #entries = {
    percent: new Map<string, Entry>(),
    count: new Map<string, Entry>(),
    preProcessed: new Map<string, Entry>(),
  };
  readonly #complained = new Set<string>();

  /** Called whenever the score may have changed. */
  onChange: () => void = () => {};

  /**
   * Takes a signal in. Data that is no finite number is ignored, and logged once for each name: a broken sensor must not
   * break the request that passes it.
   *
   * @throws InvalidSignalError when the signal has no name, no known type, or no usable weight.
   * @throws TooManySignalsError beyond 1,000 different signals.
   */
  send(signal: BusySignal): void {
    checkSignal(signal);
    const data = signal.type === 'count' ? signal.delta : signal.value;
    if (!Number.isFinite(data)) {
      this.#complain(signal.name, data);
      return;
    }
    const entry = this.#entry(signal);
    const next = signal.type === 'count' ? added(entry.data, data) : data;
    const { weight = 0 } = signal;
    if (next === entry.data && weight === entry.weight) return;
    entry.data = next;
    entry.weight = weight;
    this.onChange();
  }

  /**
   * Keeps a place for a signal whose data comes later, so that a limit is met at the start and not in the middle of a request.
   *
   * @throws InvalidSignalError, TooManySignalsError as {@link send}
   */
  announce(definition: SignalDefinition): void {
    checkSignal(definition);
    this.#entry(definition);
  }

  /** The busy score of this node, as its signals are now. */
  score(): number {
    return busyScore(this.#terms());
  }

  *#terms(): Iterable<number> {
    for (const entries of Object.values(this.#entries)) {
      for (const { type, weight, data } of entries.values()) {
        if (data !== undefined) yield busyTerm(type, weight, data);
      }
    }
  }

  #entry({ name, type }: SignalDefinition): Entry {
    const entries = this.#entries[type];
    const known = entries.get(name);
    if (known !== undefined) return known;
    const { percent, count, preProcessed } = this.#entries;
    if (percent.size + count.size + preProcessed.size === MAX_SIGNALS) {
      throw new TooManySignalsError(name, MAX_SIGNALS);
    }
    const entry = { type, weight: 0, data: undefined };
    entries.set(name, entry);
    return entry;
  }

  #complain(name: string, data: unknown): void {
    if (this.#complained.has(name) || this.#complained.size === MAX_SIGNALS) return;
    this.#complained.add(name);
    this.#logger.warn(
      `The signal "${name}" sent ${String(data)}, which is no finite number: ignored. Logged once for each signal.`,
    );
  }
}

/** A count after a change: never below zero, and never so high that it could not come down one by one. */
function added(before: number | undefined, delta: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, (before ?? 0) + delta));
}
