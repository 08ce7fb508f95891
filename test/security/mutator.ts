import { integerBetween, type Random } from '../../libs/beethoven/src/protocol/random.js';

/** First bytes of MessagePack that open something, or claim a length. */
const OPENERS = [
  0x80, 0x8f, 0x90, 0x9f, 0xc0, 0xc4, 0xc6, 0xc7, 0xd4, 0xd9, 0xdb, 0xdc, 0xdd, 0xdf,
];
const LIMITS = [0, 1, 0x7f, 0x80, 0xff];

/** Random bytes, and recorded frames with a few things changed, which come closer to passing. */
export class Mutator {
  constructor(
    private readonly random: Random,
    private readonly corpus: readonly Uint8Array[],
  ) {}

  next(): Uint8Array {
    if (this.random.float() < 0.1) return this.#noise(this.#below(200));
    let frame: Buffer = Buffer.from(this.#picked());
    for (let changes = 1 + this.#below(4); changes > 0; changes--) frame = this.#change(frame);
    return frame;
  }

  #change(frame: Buffer): Buffer {
    const at = this.#below(frame.length + 1);
    const end = Math.min(frame.length, at + this.#below(16));
    const [before, rest, after] = [frame.subarray(0, at), frame.subarray(at), frame.subarray(end)];
    switch (this.#below(7)) {
      case 0: // a bit
        if (at < frame.length) frame[at] = (frame[at] ?? 0) ^ (1 << this.#below(8));
        return frame;
      case 1: // a byte
        if (at < frame.length) frame[at] = this.#one(LIMITS);
        return frame;
      case 2: // another type
        if (at < frame.length) frame[at] = this.#one(OPENERS);
        return frame;
      case 3: // something left out
        return Buffer.concat([before, after]);
      case 4: // something put in
        return Buffer.concat([before, this.#noise(this.#below(9)), rest]);
      case 5: // something twice
        return Buffer.concat([before, frame.subarray(at, end), rest]);
      default: {
        // the end of another
        const other = this.#picked();
        return Buffer.concat([before, other.subarray(this.#below(other.length + 1))]);
      }
    }
  }

  #noise(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)));
  }

  #picked(): Uint8Array {
    return this.#one(this.corpus);
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  #below(limit: number): number {
    return integerBetween(this.random, 0, limit - 1);
  }
}
