// The JavaScript part of msgpackr alone: its native part hands out strings that keep the whole frame in memory.
import { Packr, RESET_BUFFER_MODE } from 'msgpackr/pack';
import { MalformedFrameError } from '../errors/malformed-frame.error.js';
import { UnsendableValueError } from '../errors/unsendable-value.error.js';
import { findFault } from './message-pack-check.js';

const packr = new Packr({ useRecords: false, variableMapSize: true, copyBuffers: true });

/**
 * A value as MessagePack: bytes of its own, which nothing writes to later. Minus zero becomes zero.
 * @throws UnsendableValueError for what no node would accept: dates, class instances with their own encoding, cycles …
 */
export function encode(value: unknown): Uint8Array {
  let packed: Uint8Array;
  try {
    packed = packr.pack(value, RESET_BUFFER_MODE);
  } catch (cause) {
    throw new UnsendableValueError(cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
  const fault = findFault(packed);
  if (fault !== undefined) throw new UnsendableValueError(fault);
  return Buffer.from(packed);
}

/**
 * The value in a frame: plain objects, arrays and scalars, nothing else. Its shape is still to be checked.
 * @throws MalformedFrameError
 */
export function decode(frame: Uint8Array): unknown {
  const fault = findFault(frame);
  if (fault !== undefined) throw new MalformedFrameError(fault);
  return packr.unpack(frame);
}
