import type { Connection } from './network.js';

export type Priority = NonNullable<Parameters<Connection['send']>[1]>;

/** What a waiting frame costs beside its bytes, so that a flood of empty frames is bounded as well. */
const BOOKKEEPING = 64;

/** First in, first out, without moving what waits behind. */
class Lane {
  #frames: Uint8Array[] = [];
  #head = 0;

  get first(): Uint8Array | undefined {
    return this.#frames[this.#head];
  }

  push(frame: Uint8Array): void {
    this.#frames.push(frame);
  }

  shift(): void {
    this.#head++;
    if (this.#head === this.#frames.length) {
      this.#frames = [];
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
  }
}

/**
 * What waits to be sent on one connection: two lanes, control before bulk, each in the order in which it was sent. Bounded
 * over both, so that a slow peer costs a refusal and never memory.
 */
export class FrameQueue {
  #control = new Lane();
  #bulk = new Lane();
  #waiting = 0;

  /** `capacity`: bytes that may wait. A frame larger than that can wait alone. */
  constructor(private readonly capacity: number) {}

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  /** False, and nothing queued, when the frame does not fit any more. */
  push(frame: Uint8Array, priority: Priority): boolean {
    const cost = frame.length + BOOKKEEPING;
    if (!this.isEmpty && this.#waiting + cost > this.capacity) return false;
    this.#waiting += cost;
    (priority === 'control' ? this.#control : this.#bulk).push(frame);
    return true;
  }

  /** Takes the next frames out, up to `bytes` of them together, but at least one where any waits. */
  take(bytes: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let left = bytes;
    for (const lane of [this.#control, this.#bulk]) {
      for (let frame = lane.first; frame !== undefined; frame = lane.first) {
        if (frame.length > left && taken.length > 0) return taken;
        lane.shift();
        left -= frame.length;
        this.#waiting -= frame.length + BOOKKEEPING;
        taken.push(frame);
      }
    }
    return taken;
  }

  clear(): void {
    this.#control = new Lane();
    this.#bulk = new Lane();
    this.#waiting = 0;
  }
}
