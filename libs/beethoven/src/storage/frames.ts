import { crc32 } from 'node:zlib';

/** What every frame begins with: where one can be looked for behind a damage. */
const MARK = Buffer.from([0xbe, 0x7e, 0x0f, 0xe1]);
/** Mark, length of the body, checksum of the length and the body. */
const HEAD = 12;

/** A body with its length and checksum (CRC-32 of both: a wrong length is found as well as a wrong byte). */
export function frame(body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + body.length);
  MARK.copy(bytes);
  bytes.writeUInt32LE(body.length, 4);
  bytes.set(body, HEAD);
  bytes.writeUInt32LE(checksum(bytes, 0, body.length), 8);
  return bytes;
}

export interface Frames {
  /** Up to the first place where none can be read. */
  readonly bodies: readonly Uint8Array[];
  /** That place; the length of the file where all could be read. */
  readonly end: number;
  /** What can be read behind it. A file that was cut off while it was written has none: each frame is on the disc before the next is begun. */
  readonly behind: readonly Uint8Array[];
  /** Bytes from `end` on that are part of no frame. */
  readonly unreadable: number;
}

export function readFrames(file: Uint8Array): Frames {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const bodies: Uint8Array[] = [];
  let end = 0;
  for (let body = bodyAt(bytes, end); body !== undefined; body = bodyAt(bytes, end)) {
    bodies.push(body);
    end += HEAD + body.length;
  }
  const behind: Uint8Array[] = [];
  let readable = 0;
  let at = bytes.indexOf(MARK, end + 1);
  while (at >= 0) {
    const body = bodyAt(bytes, at);
    if (body === undefined) at = bytes.indexOf(MARK, at + 1);
    else {
      behind.push(body);
      readable += HEAD + body.length;
      at = bytes.indexOf(MARK, at + HEAD + body.length);
    }
  }
  return { bodies, end, behind, unreadable: bytes.length - end - readable };
}

function bodyAt(bytes: Buffer, at: number): Uint8Array | undefined {
  if (at + HEAD > bytes.length || MARK.compare(bytes, at, at + MARK.length) !== 0) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  if (at + HEAD + length > bytes.length) return undefined;
  if (bytes.readUInt32LE(at + 8) !== checksum(bytes, at, length)) return undefined;
  return bytes.subarray(at + HEAD, at + HEAD + length);
}

function checksum(bytes: Buffer, at: number, length: number): number {
  return crc32(
    bytes.subarray(at + HEAD, at + HEAD + length),
    crc32(bytes.subarray(at + 4, at + 8)),
  );
}
