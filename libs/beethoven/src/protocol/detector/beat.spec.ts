import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEAT_BYTES, beatKey, clusterKey, decodeBeat, encodeBeat, type Beat } from './beat.js';

const SHOP = clusterKey('shop');
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const beats: fc.Arbitrary<Beat> = fc.record({
  kind: fc.constantFrom('ping', 'ack', 'ping-for-me'),
  from: fc.maxSafeNat(),
  startedAt: fc.double({ min: 0, max: 8e15, noNaN: true }).map((n) => n + 0),
  incarnation: fc.maxSafeNat(),
  sequence: uint32,
  digest: uint32,
  lag: uint32,
  phase: uint32,
  subject: fc.maxSafeNat(),
  subjectIncarnation: fc.maxSafeNat(),
});

describe('a beat', () => {
  it('arrives as it was sent, in a message that always has the same length', () => {
    fc.assert(
      fc.property(beats, (beat) => {
        const bytes = encodeBeat(SHOP, beat);
        expect(bytes).toHaveLength(BEAT_BYTES);
        expect(decodeBeat(SHOP, bytes)).toEqual(beat);
      }),
    );
  });

  it('may stand anywhere in a larger buffer', () => {
    fc.assert(
      fc.property(beats, fc.nat(40), (beat, offset) => {
        const buffer = new Uint8Array(BEAT_BYTES + 50);
        buffer.set(encodeBeat(SHOP, beat), offset);
        expect(decodeBeat(SHOP, buffer.subarray(offset, offset + BEAT_BYTES))).toEqual(beat);
      }),
    );
  });

  it('of any other bytes is none, or makes sense', () => {
    fc.assert(
      fc.property(beats, fc.nat(BEAT_BYTES - 1), fc.nat(255), (beat, place, value) => {
        const bytes = encodeBeat(SHOP, beat);
        bytes[place] = value;
        const read = decodeBeat(SHOP, bytes);
        if (read === undefined) return;
        const { kind: _kind, startedAt, ...counts } = read;
        expect(startedAt).toBeGreaterThanOrEqual(0);
        for (const count of Object.values(counts)) {
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('of another length, version, kind or cluster is none', () => {
    fc.assert(
      fc.property(beats, (beat) => {
        const bytes = encodeBeat(SHOP, beat);
        expect(decodeBeat(clusterKey('bank'), bytes)).toBeUndefined();
        expect(decodeBeat(SHOP, bytes.subarray(1))).toBeUndefined();
        expect(decodeBeat(SHOP, new Uint8Array([...bytes, 0]))).toBeUndefined();
        for (const [place, value] of [
          [0, 2],
          [1, 4],
          [3, 1],
        ] as const) {
          expect(decodeBeat(SHOP, bytes.with(place, value))).toBeUndefined();
        }
      }),
    );
  });

  it('names a node by 53 bits of its id', () => {
    const keys = new Set(Array.from({ length: 50_000 }, (_, i) => beatKey(`n${i}@10.0.0.1:33000`)));
    expect(keys.size).toBe(50_000);
    for (const key of keys) expect(Number.isSafeInteger(key)).toBe(true);
  });
});
