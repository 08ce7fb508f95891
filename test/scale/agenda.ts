import type { Millis } from '../../libs/beethoven/src/protocol/terms.js';

/**
 * What is to happen, and when; what is due at the same moment happens in the order in which it was entered. A binary heap in columns:
 * a join storm of 5,000 nodes keeps millions of entries.
 */
export class Agenda {
  readonly #times: Millis[] = [];
  readonly #turns: number[] = [];
  readonly #tasks: (() => void)[] = [];
  #turn = 0;

  get size(): number {
    return this.#tasks.length;
  }

  /** When the next one is due; infinite while there is none. */
  get dueAt(): Millis {
    return this.#times[0] ?? Infinity;
  }

  add(at: Millis, task: () => void): void {
    let place = this.#tasks.length;
    const turn = this.#turn++;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#isBefore(above, at, turn)) break;
      this.#move(above, place);
      place = above;
    }
    this.#put(place, at, turn, task);
  }

  /** The next one, taken out. */
  take(): (() => void) | undefined {
    const [first] = this.#tasks;
    const at = this.#times.pop();
    const turn = this.#turns.pop();
    const task = this.#tasks.pop();
    const size = this.#tasks.length;
    if (at === undefined || turn === undefined || task === undefined || size === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      const right = child + 1;
      if (
        right < size &&
        !this.#isBefore(child, this.#times[right] as Millis, this.#turns[right] as number)
      )
        child = right;
      if (!this.#isBefore(child, at, turn)) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(place, at, turn, task);
    return first;
  }

  #isBefore(place: number, at: Millis, turn: number): boolean {
    const time = this.#times[place] as Millis;
    return time < at || (time === at && (this.#turns[place] as number) < turn);
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#times[from] as Millis,
      this.#turns[from] as number,
      this.#tasks[from] as () => void,
    );
  }

  #put(place: number, at: Millis, turn: number, task: () => void): void {
    this.#times[place] = at;
    this.#turns[place] = turn;
    this.#tasks[place] = task;
  }
}
