interface Entry {
  readonly at: number;
  readonly run: () => void;
}

/** What is to be done at points of virtual time, the earliest first; of one instant, the first entered first. */
export class Agenda {
  readonly #entries: Entry[] = [];

  enter(at: number, run: () => void): void {
    let index = this.#entries.length;
    while (index > 0 && (this.#entries[index - 1] as Entry).at > at) index--;
    this.#entries.splice(index, 0, { at, run });
  }

  /** When the next entry is due; `Infinity` where there is none. */
  get next(): number {
    return this.#entries[0]?.at ?? Infinity;
  }

  runNext(): void {
    this.#entries.shift()?.run();
  }
}
