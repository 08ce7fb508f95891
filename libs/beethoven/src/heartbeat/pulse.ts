import type { Millis } from '../protocol/terms.js';

const TURNS = 0;
const PHASE = 1;
const DIGEST = 2;
const MALFORMED = 3;
const STRANGERS = 4;
const FORGED = 5;
const DUE = 6;
const STOPS = 7;
const CELLS = 8;

/** Heartbeats that were not believed (32 bits each, wrap). */
export interface DroppedBeats {
  /** They were none, or of another cluster. */
  readonly malformed: number;
  /** Nobody is known here who sends them. */
  readonly strangers: number;
  /** Not sealed with the secret, not for this node, or a recording. */
  readonly forged: number;
}

/** Where the heartbeat thread is overdue for longer (ms), the whole process was stopped, or gets no processor: nobody is taken for dead in less. */
export const STOPPED: Millis = 500;

/** Times are made odd. */
const NEVER = 0;

/** As much of a time as a cell holds: differences of up to 24 days are right. */
function wrapped(time: Millis): number {
  return Math.floor(time) | 0;
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

  /** When the heartbeat thread goes on, at the latest; `Infinity` where it does not run. To be written by the thread, in milliseconds that both threads count alike. */
  set due(due: Millis) {
    Atomics.store(this.#cells, DUE, due === Infinity ? NEVER : wrapped(due) | 1);
  }

  /** For how long the heartbeat thread should have run and has not (ms, give or take one); 0 where it is not due. */
  overdue(now: Millis): Millis {
    const due = Atomics.load(this.#cells, DUE);
    return due === NEVER ? 0 : Math.max(0, (wrapped(now) - due) | 0);
  }

  /** How often the heartbeat thread has found that the whole process was stopped (32 bits, wraps). */
  get stops(): number {
    return Atomics.load(this.#cells, STOPS);
  }

  countStop(): void {
    Atomics.add(this.#cells, STOPS, 1);
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
