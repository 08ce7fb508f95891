const TURNS = 0;
const PHASE = 1;
const DIGEST = 2;
const MALFORMED = 3;
const STRANGERS = 4;
const FORGED = 5;
const CELLS = 6;

/** Heartbeats that were not believed (32 bits each, wrap). */
export interface DroppedBeats {
  /** They were none, or of another cluster. */
  readonly malformed: number;
  /** Nobody is known here who sends them. */
  readonly strangers: number;
  /** Not sealed with the secret, not for this node, or a recording. */
  readonly forged: number;
}

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

  /** What the heartbeat thread has dropped. */
  get dropped(): DroppedBeats {
    const count = (cell: number): number => Atomics.load(this.#cells, cell) >>> 0;
    return { malformed: count(MALFORMED), strangers: count(STRANGERS), forged: count(FORGED) };
  }

  set dropped({ malformed, strangers, forged }: DroppedBeats) {
    Atomics.store(this.#cells, MALFORMED, malformed | 0);
    Atomics.store(this.#cells, STRANGERS, strangers | 0);
    Atomics.store(this.#cells, FORGED, forged | 0);
  }

  /** Stands for all that the main thread believes of the live members. */
  get digest(): number {
    return Atomics.load(this.#cells, DIGEST) >>> 0;
  }

  set digest(digest: number) {
    Atomics.store(this.#cells, DIGEST, digest | 0);
  }
}
