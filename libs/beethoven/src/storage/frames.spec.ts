import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frame, readFrames } from './frames.js';

const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 });
const fileOf = (list: readonly Uint8Array[]): Buffer => Buffer.concat(list.map(frame));
const plain = (list: readonly Uint8Array[]): number[][] => list.map((body) => [...body]);

describe('the frames of a file', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(bodies, (list) => {
        const file = fileOf(list);
        const read = readFrames(file);
        expect(plain(read.bodies)).toEqual(plain(list));
        expect(read).toMatchObject({ end: file.length, behind: [], unreadable: 0 });
      }),
    );
  });

  it('are those that were whole, wherever the file was cut off', () => {
    fc.assert(
      fc.property(bodies, (list) => {
        const file = fileOf(list);
        for (let length = 0; length <= file.length; length++) {
          const read = readFrames(file.subarray(0, length));
          const whole = list.filter((_, n) => fileOf(list.slice(0, n + 1)).length <= length);
          expect(plain(read.bodies)).toEqual(plain(whole));
          expect(read.behind).toEqual([]);
          expect(read.end + read.unreadable).toBe(length);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('around a wrong byte are found, and the one with it is not', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, place, change) => {
        const file = fileOf(list);
        const at = place % file.length;
        file[at]! ^= change;
        const hit = list.findIndex((_, n) => at < fileOf(list.slice(0, n + 1)).length);
        const { bodies: before, behind, unreadable } = readFrames(file);
        expect(plain(before)).toEqual(plain(list.slice(0, hit)));
        expect(plain(behind)).toEqual(plain(list.slice(hit + 1)));
        expect(unreadable).toBe(frame(list[hit]!).length);
      }),
    );
  });
});
