import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.js';

const MIB = 1_024 * 1_024;

function framed(...bodies: Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(body.length);
      return [header, body];
    }),
  );
}

function reader(limit?: number) {
  const frames: Buffer[] = [];
  const tooLong: number[] = [];
  const made = new FrameReader(
    (frame) => void frames.push(Buffer.from(frame)),
    (bytes) => void tooLong.push(bytes),
  );
  if (limit !== undefined) made.limit = limit;
  return { made, frames, tooLong };
}

/** Cuts bytes into chunks of the given sizes, over and over. */
function chop(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe('the frame reader', () => {
  it('finds the same frames however the stream is chopped', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 }),
        (bodies, sizes) => {
          const { made, frames, tooLong } = reader();
          for (const chunk of chop(framed(...bodies), sizes)) made.feed(chunk);
          expect(frames).toEqual(bodies.map((body) => Buffer.from(body)));
          expect(tooLong).toEqual([]);
        },
      ),
    );
  });

  it('takes a large frame in small pieces without copying it over and over', () => {
    const body = Buffer.alloc(12 * MIB, 'abcdefg');
    const { made, frames } = reader(16 * MIB);
    for (const chunk of chop(framed(body, body), [1_000])) made.feed(chunk); // quadratic: 150 GB moved
    expect(frames.map((frame) => Buffer.compare(frame, body))).toEqual([0, 0]);
  });

  it('takes a large frame byte by byte', () => {
    const body = Buffer.alloc(MIB, 'xyz');
    const { made, frames } = reader(MIB);
    for (const chunk of chop(framed(body), [1])) made.feed(chunk);
    expect(Buffer.compare(frames[0]!, body)).toBe(0);
  });

  it('gives no memory for a length that was only announced', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 50 }, () => reader(16 * MIB).made);
    const beginning = framed(Buffer.alloc(16 * MIB)).subarray(0, 5);
    for (const each of readers) each.feed(beginning);
    const used = process.memoryUsage().arrayBuffers - before - 16 * MIB;
    expect(used).toBeLessThan(32 * MIB);
  });

  it('refuses a frame by its announced length, before any of it, and reads nothing after it', () => {
    const { made, frames, tooLong } = reader(100);
    made.feed(framed(Buffer.alloc(100)));
    made.feed(Buffer.of(0xff, 0xff));
    made.feed(Buffer.of(0xff, 0xff));
    made.feed(framed(Buffer.alloc(1)));
    expect(frames).toHaveLength(1);
    expect(tooLong).toEqual([0xffff_ffff]);
  });

  it('applies a limit from the next frame on, even inside of one chunk', () => {
    const lengths: number[] = [];
    const made = new FrameReader(
      (frame) => {
        lengths.push(frame.length);
        made.limit = 10 * MIB;
      },
      () => {},
    );
    made.limit = 4;
    made.feed(framed(Buffer.alloc(4), Buffer.alloc(70_000)));
    expect(lengths).toEqual([4, 70_000]);
  });

  it('drops the rest of a chunk once stopped', () => {
    let count = 0;
    const made = new FrameReader(
      () => {
        count++;
        made.stop();
      },
      () => {},
    );
    made.feed(framed(Buffer.alloc(1), Buffer.alloc(1)));
    made.feed(framed(Buffer.alloc(1)));
    expect(count).toBe(1);
  });
});
