import { createHmac, timingSafeEqual } from 'node:crypto';
import { BEAT_BYTES, LIFE_OFFSET, type Life } from '../protocol/detector/beat.js';
import { ReplayWindow } from '../protocol/detector/replay-window.js';
import type { Millis } from '../protocol/terms.js';

const NUMBER = BEAT_BYTES;
const TAG = NUMBER + 8;
/** 128 of the 256 bits of the HMAC. Source: RFC 2104, section 5: not less than half. */
const TAG_BYTES = 16;
export const SEALED_BYTES = TAG + TAG_BYTES;

/** Lives that are remembered, the last heard of first: only those that have the secret are ever among them. */
const MAX_SENDERS = 16_384;

/**
 * Authenticates beats that travel as datagrams, and takes each once: a number that only grows, and a tag over beat, number and the
 * receiver's life, which are not sent. So a recording is of no use to the same node, nor to its next life, nor to another node.
 */
export class BeatSeal {
  readonly #windows = new Map<string, ReplayWindow>();
  #number: number;

  /**
   * @param keys the first for sending, all for receiving
   * @param now makes the numbers of a thread that is started again go on above those of the one before
   */
  constructor(
    private readonly keys: readonly Uint8Array[],
    private readonly self: Life,
    now: Millis,
  ) {
    this.#number = Math.floor(now * 1_000);
  }

  /** Lives of others that are remembered. */
  get senders(): number {
    return this.#windows.size;
  }

  close(beat: Uint8Array, receiver: Life): Uint8Array {
    const sealed = new Uint8Array(SEALED_BYTES);
    sealed.set(beat);
    new DataView(sealed.buffer).setFloat64(NUMBER, ++this.#number);
    const [first] = this.keys;
    if (first !== undefined) sealed.set(tagOf(first, sealed, receiver), TAG);
    return sealed;
  }

  /** `undefined` for what was not sent to this node in this life by a member, or has come already. */
  open(sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length !== SEALED_BYTES) return undefined;
    const tag = sealed.subarray(TAG);
    const isGenuine = this.keys.some((key) => timingSafeEqual(tagOf(key, sealed, this.self), tag));
    if (!isGenuine) return undefined;
    const number = new DataView(sealed.buffer, sealed.byteOffset).getFloat64(NUMBER);
    return this.#windowOf(sealed).take(number) ? sealed.subarray(0, BEAT_BYTES) : undefined;
  }

  #windowOf(sealed: Uint8Array): ReplayWindow {
    const life = Buffer.from(sealed.subarray(LIFE_OFFSET, LIFE_OFFSET + 16)).toString('latin1');
    const window = this.#windows.get(life) ?? new ReplayWindow();
    this.#windows.delete(life);
    this.#windows.set(life, window);
    const [oldest] = this.#windows.size > MAX_SENDERS ? this.#windows.keys() : [];
    if (oldest !== undefined) this.#windows.delete(oldest);
    return window;
  }
}

function tagOf(key: Uint8Array, sealed: Uint8Array, { key: name, startedAt }: Life): Uint8Array {
  const to = Buffer.allocUnsafe(16);
  to.writeDoubleBE(startedAt, to.writeDoubleBE(name));
  return createHmac('sha256', key)
    .update(sealed.subarray(0, TAG))
    .update(to)
    .digest()
    .subarray(0, TAG_BYTES);
}
