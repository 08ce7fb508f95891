import { DEFAULT_FRAME_LIMIT } from './limits.js';

/** Bytes of the length that precedes each frame, big-endian. */
export const HEADER_BYTES = 4;

/** What a frame that comes in pieces gets to begin with: its announced length is only a claim. */
const FIRST_ALLOCATION = 64 * 1_024;

/**
 * Cuts a stream of bytes into frames. The cost is linear in the bytes, however they are chopped, and memory follows what has
 * arrived. A frame that lies whole in one chunk is handed out as a view of it.
 */
export class FrameReader {
  /** The longest frame that is taken (bytes). */
  limit = DEFAULT_FRAME_LIMIT;

  #header = 0;
  #headerBytes = 0;
  #body = new Uint8Array(0);
  #bodyBytes = 0;
  #stopped = false;

  constructor(
    private readonly onFrame: (frame: Uint8Array) => void,
    /** Called once with the announced length; nothing is read after it. */
    private readonly onTooLong: (bytes: number) => void,
  ) {}

  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      if (this.#headerBytes < HEADER_BYTES) {
        this.#header = this.#header * 256 + (chunk[at++] as number);
        if (++this.#headerBytes < HEADER_BYTES) continue;
        if (this.#header > this.limit) {
          this.stop();
          this.onTooLong(this.#header);
          return;
        }
      }
      const missing = this.#header - this.#bodyBytes;
      const piece = chunk.subarray(at, at + missing);
      at += piece.length;
      if (piece.length < missing) this.#keep(piece);
      else this.#complete(piece);
    }
  }

  /** Frames that are already in the chunk at hand are dropped as well. */
  stop(): void {
    this.#stopped = true;
    this.#body = new Uint8Array(0);
  }

  #keep(piece: Uint8Array): void {
    const needed = this.#bodyBytes + piece.length;
    if (needed > this.#body.length) {
      const size = Math.max(needed, 2 * this.#body.length, FIRST_ALLOCATION);
      const larger = Buffer.allocUnsafe(Math.min(size, this.#header));
      larger.set(this.#body.subarray(0, this.#bodyBytes));
      this.#body = larger;
    }
    this.#body.set(piece, this.#bodyBytes);
    this.#bodyBytes = needed;
  }

  #complete(last: Uint8Array): void {
    let frame = last;
    if (this.#bodyBytes > 0) {
      this.#keep(last);
      frame = this.#body.subarray(0, this.#header);
    }
    this.#header = 0;
    this.#headerBytes = 0;
    this.#body = new Uint8Array(0);
    this.#bodyBytes = 0;
    this.onFrame(frame);
  }
}
