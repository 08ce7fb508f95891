import type { Millis } from '../protocol/terms.js';

/** One entry of a history. */
export interface TimedValue {
  /** Milliseconds since the epoch. */
  readonly at: Millis;
  readonly value: number;
}

/** Small enough that a metric which nobody feeds costs next to nothing. */
const FIRST_SIZE = 64;

/**
 * Values over time: first in first out beyond `capacity` entries, constant time an entry (its arrays double until they hold
 * `capacity`), 16 bytes each. Times must not go back.
 */
export class TimeSeries {
  #times: Float64Array;
  #values: Float64Array;
  /** Where the oldest entry is. Stays 0 until the arrays have grown to their last size. */
  #head = 0;
  #length = 0;

  constructor(private readonly capacity: number) {
    this.#times = new Float64Array(Math.min(FIRST_SIZE, capacity));
    this.#values = new Float64Array(Math.min(FIRST_SIZE, capacity));
  }

  get length(): number {
    return this.#length;
  }

  push(at: Millis, value: number): void {
    if (this.#length === this.#times.length && this.#length < this.capacity) this.#grow();
    const end = this.#place(this.#length);
    this.#times[end] = at;
    this.#values[end] = value;
    if (this.#length < this.capacity) this.#length++;
    else this.#head = this.#place(1);
  }

  /** Entry 0 is the oldest. Only for indexes below `length`. */
  timeAt(index: number): Millis {
    return this.#times[this.#place(index)] as number;
  }

  valueAt(index: number): number {
    return this.#values[this.#place(index)] as number;
  }

  at(index: number): TimedValue {
    return { at: this.timeAt(index), value: this.valueAt(index) };
  }

  /** The index of the first entry at or after a time; `length` when there is none. */
  firstSince(since: Millis): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) < since) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #place(index: number): number {
    const place = this.#head + index;
    return place < this.#times.length ? place : place - this.#times.length;
  }

  #grow(): void {
    const size = Math.min(this.#times.length * 2, this.capacity);
    const [times, values] = [this.#times, this.#values];
    this.#times = new Float64Array(size);
    this.#values = new Float64Array(size);
    this.#times.set(times);
    this.#values.set(values);
  }
}
