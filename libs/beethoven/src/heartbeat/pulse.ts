const TURNS = 0;
const PHASE = 1;
const DIGEST = 2;
const CELLS = 3;

/** What the main thread and the heartbeat thread see of each other at any moment, without a message. */
export class Pulse {
  readonly #cells: Int32Array;

  constructor(readonly memory = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.#cells = new Int32Array(memory);
  }

  /** How many turns the main thread has counted (32 bits, wraps). */
  get turns(): number {
    return Atomics.load(this.#cells, TURNS);
  }

  countTurn(): void {
    Atomics.add(this.#cells, TURNS, 1);
  }

  /** How often the main thread has fallen into a stall or come out of one, as the heartbeat thread has seen. */
  get phase(): number {
    return Atomics.load(this.#cells, PHASE) >>> 0;
  }

  set phase(phase: number) {
    Atomics.store(this.#cells, PHASE, phase | 0);
  }

  /** Stands for all that the main thread believes of the live members. */
  get digest(): number {
    return Atomics.load(this.#cells, DIGEST) >>> 0;
  }

  set digest(digest: number) {
    Atomics.store(this.#cells, DIGEST, digest | 0);
  }
}
