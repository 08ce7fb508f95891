import type { Millis } from '../terms.js';

/** Longer messages are not read (bytes): an announcement takes 250, and nobody has to send more than a frame of Ethernet holds. */
export const MAX_MESSAGE = 1_500;

/** So many messages a second are read; those above are lost, as datagrams are. */
export const MAX_RATE = 200;

const HEADER = 12;
const SHORTEST_QUESTION = 5;
const SHORTEST_RECORD = 11;

/**
 * Which messages are worth decoding, seen by their first twelve bytes (RFC 1035, 4.1.1). Decoders make room for as many records as the
 * header promises, up to 262,140: a message of twelve bytes would cost a millisecond and more.
 */
export class Gate {
  #second = 0;
  #read = 0;

  admits(bytes: Uint8Array, now: Millis): boolean {
    const { length } = bytes;
    if (length < HEADER || length > MAX_MESSAGE) return false;
    const count = (at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    const records = count(6) + count(8) + count(10);
    const shortest = HEADER + count(4) * SHORTEST_QUESTION + records * SHORTEST_RECORD;
    if (shortest > length) return false;
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) [this.#second, this.#read] = [second, 0];
    return ++this.#read <= MAX_RATE;
  }
}
