import { decode } from './codec.js';

/** What a frame is about: its first element. These numbers are the wire format; a number is never given a second meaning. */
export const FRAME = {
  /** `[hello, Hello]`, first on every connection, from the side that dialled. */
  hello: 0,
  /** `[welcome, Welcome]`, the answer; from here on the connection belongs to a link. */
  welcome: 1,
  /** `[refused, Refused]`, the other answer, and the last frame. */
  refused: 2,
  /** `[message, channel, body]` */
  message: 3,
  /** `[ping, nonce]`, answered by `[pong, nonce]` on the same connection. */
  ping: 4,
  pong: 5,
  /** `[retire]`: the sender will send nothing more on this connection, which has a better twin. */
  retire: 6,
  /** `[goodbye]`: the node leaves the mesh; no redial is wanted. */
  goodbye: 7,
  /** `[begin, number]`, first from a side that had no link and has one with this connection: which of its links it is. */
  begin: 8,
} as const;

/** The largest frame from somebody who has not said hello (bytes). */
export const STRANGER_FRAME = 64 * 1_024;

/** The largest frame on a link (bytes). */
export const LINK_FRAME = 16 * 1_024 * 1_024;

/** The elements of a frame, the first of them its kind; `undefined` where the bytes are none. */
export function readFrame(bytes: Uint8Array): readonly unknown[] | undefined {
  try {
    const frame = decode(bytes);
    return Array.isArray(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}
