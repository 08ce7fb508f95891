import * as fc from 'fast-check';
import { Packr } from 'msgpackr/pack';
import { describe, expect, it } from 'vitest';
import { MalformedFrameError } from '../errors/malformed-frame.error.js';
import { UnsendableValueError } from '../errors/unsendable-value.error.js';
import { decode, encode } from './codec.js';
import { MAX_CONTAINERS, MAX_DEPTH } from './message-pack-check.js';

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  // Minus zero travels as the integer 0.
  fc.double({ noNaN: true }).map((value) => value + 0),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
);
const message = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      {
        noNullPrototype: true,
      },
    ),
  ),
})).value;

const nested = (depth: number): Uint8Array =>
  Uint8Array.of(...Array.from({ length: depth }, () => 0x91), 0xc0);
const bytes = (...parts: (number | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Buffer.from(typeof part === 'string' ? part : [part])));

describe('the codec', () => {
  it('gives back what went in', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });

  it('keeps times and bytes, and undefined as undefined', () => {
    const value = { at: 1_763_000_000_123.456, body: Buffer.from([0, 255]), gone: undefined };
    expect(decode(encode(value))).toEqual(value);
    expect((decode(encode(value)) as typeof value).at).toBe(value.at);
  });

  it('takes an object of more than 65,535 keys', () => {
    const big = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]));
    expect(decode(encode(big))).toEqual(big);
  });

  it('never writes again to a frame that it gave out', () => {
    const frames = Array.from({ length: 2_000 }, (_, i) => encode({ i, text: 'x'.repeat(i % 90) }));
    for (const [i, frame] of frames.entries()) {
      expect(decode(frame)).toEqual({ i, text: 'x'.repeat(i % 90) });
    }
  });

  it('gives out bytes that do not share memory with the frame', () => {
    const frame = encode({ body: Buffer.from('payload') });
    const { body } = decode(frame) as { body: Uint8Array };
    frame.fill(0);
    expect(Buffer.from(body).toString()).toBe('payload');
  });

  it('refuses to send what nobody would accept', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const unsendable = [
      new Date(),
      new Map([[1, 2]]),
      Symbol('s'),
      2n ** 64n,
      JSON.parse('{"__proto__":1}'),
      cycle,
      decode(nested(MAX_DEPTH)) && [decode(nested(MAX_DEPTH))],
    ];
    for (const value of unsendable) {
      expect(() => encode({ value })).toThrow(UnsendableValueError);
    }
    expect(decode(encode({ still: 'works' }))).toEqual({ still: 'works' });
  });
});

function decodeOrRefuse(frame: Uint8Array): void {
  try {
    decode(frame);
  } catch (error) {
    if (!(error instanceof MalformedFrameError)) throw error;
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
}

describe('a hostile frame', () => {
  it.each<[string, Uint8Array]>([
    ['nothing', bytes()],
    ['half a string', bytes(0xa5, 'abc')],
    ['half a length', bytes(0xda, 1)],
    ['half a number', bytes(0xcb, 1, 2)],
    ['a second value', bytes(0xc0, 0xc0)],
    ['an array said to hold 4 billion values', bytes(0xdd, 255, 255, 255, 255)],
    ['a map said to hold 4 billion pairs', bytes(0xdf, 255, 255, 255, 255)],
    ['bytes said to be 4 billion', bytes(0xc6, 255, 255, 255, 255)],
    ['a __proto__ key', bytes(0x81, 0xa9, '__proto__', 0x80)],
    ['a __proto__ key with a long length', bytes(0x81, 0xd9, 9, '__proto__', 0x80)],
    ['a nested __proto__ key', bytes(0x91, 0x81, 0xa1, 'a', 0x81, 0xa9, '__proto__', 0x80)],
    ['a number as a key', bytes(0x81, 1, 1)],
    ['an array as a key', bytes(0x81, 0x90, 1)],
    ['undefined as a key', bytes(0x81, 0xd4, 0, 0, 1)],
    ['the type that is never used', bytes(0xc1)],
    ['a record definition', bytes(0xd4, 0x72, 0x40, 0x91, 0xa1, 'a', 1)],
    ['a two-byte record definition', bytes(0xd5, 0x72, 0x40, 0, 0x91, 0xa1, 'a', 1)],
    ['a date', new Packr({ useRecords: false }).pack(new Date())],
    ['a regular expression', new Packr({ useRecords: false, moreTypes: true }).pack(/a+/)],
    ['a set', new Packr({ useRecords: false, moreTypes: true }).pack(new Set([1]))],
    ['an error', new Packr({ useRecords: false, moreTypes: true }).pack(new Error('x'))],
    ['a typed array', new Packr({ useRecords: false, moreTypes: true }).pack(new Int32Array(2))],
    ['records', new Packr({ useRecords: true }).pack({ a: 1 })],
    ['bundled strings', new Packr({ useRecords: false, bundleStrings: true }).pack(['abcdef'])],
    ['an extension of another program', bytes(0xc7, 1, 5, 0)],
    ['too deep a nest', nested(MAX_DEPTH + 1)],
    ['a hundred thousand levels', new Uint8Array(100_000).fill(0x91)],
    ['a million empty maps', Buffer.concat([bytes(0xdd, 0, 15, 66, 64), Buffer.alloc(1e6, 0x80)])],
  ])('is refused: %s', (_, frame) => {
    expect(() => decode(frame)).toThrow(MalformedFrameError);
  });

  it('decodes or is refused, whatever the bytes, and changes no prototype', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), decodeOrRefuse), { numRuns: 2_000 });
    // Frames of ours with a few bytes turned over come closer to passing.
    fc.assert(
      fc.property(
        message,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        (value, turned) => {
          const frame = encode(value);
          for (const [at, byte] of turned) frame[at % frame.length] = byte;
          decodeOrRefuse(frame);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('passes right up to the limits', () => {
    expect(() => decode(nested(MAX_DEPTH))).not.toThrow();
    const maps = Array.from({ length: MAX_CONTAINERS - 1 }, () => ({}));
    expect(decode(encode(maps))).toHaveLength(MAX_CONTAINERS - 1);
    expect(() => encode([...maps, {}])).toThrow(UnsendableValueError);
  });
});
