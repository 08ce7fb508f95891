import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ipv4Range, formatIpv4, isLoopback, parseIpv4 } from './ipv4.js';

const address = fc.integer({ min: 0, max: 0xffffffff });
const prefix = fc.integer({ min: 8, max: 32 });

const range = (text: string): Ipv4Range => Ipv4Range.parse(text)!;
const hosts = (text: string): string[] => [...range(text)].map(formatIpv4);

describe('an IPv4 address', () => {
  it('survives being written and read', () => {
    fc.assert(fc.property(address, (number) => parseIpv4(formatIpv4(number)) === number));
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.-4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '01.2.3.4',
    '1.2.3.0x4',
    '1..3.4',
    '1.2.3.4/8',
    'localhost',
    '::1',
    '٣.2.3.4',
  ])('is not %j', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });

  it('never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const number = parseIpv4(text);
        return number === undefined || formatIpv4(number) === text;
      }),
    );
  });

  it('is loopback in the whole of 127/8 and nowhere else', () => {
    expect(['127.0.0.1', '127.255.255.254'].map((text) => isLoopback(parseIpv4(text)!))).toEqual([
      true,
      true,
    ]);
    expect(
      ['126.255.255.255', '128.0.0.0', '0.0.0.0', '255.0.0.1'].map((text) =>
        isLoopback(parseIpv4(text)!),
      ),
    ).toEqual([false, false, false, false]);
  });
});

describe('a range', () => {
  it('leaves network and broadcast address out', () => {
    expect(hosts('127.0.0.0/29')).toEqual([1, 2, 3, 4, 5, 6].map((last) => `127.0.0.${last}`));
  });

  it('masks an unaligned address to its network', () => {
    expect(hosts('10.0.4.77/30')).toEqual(['10.0.4.77', '10.0.4.78']);
    expect(range('10.1.2.3/8').toString()).toBe('10.0.0.0/8');
  });

  it('takes both addresses of a /31 and the one of a /32 for hosts', () => {
    expect(hosts('10.0.0.7/31')).toEqual(['10.0.0.6', '10.0.0.7']);
    expect(hosts('255.255.255.255/32')).toEqual(['255.255.255.255']);
  });

  it('carries over the octets', () => {
    expect(formatIpv4(range('10.0.0.0/16').at(65_533))).toBe('10.0.255.254');
    expect(range('255.0.0.0/8').size).toBe(16_777_214);
    expect(formatIpv4(range('255.0.0.0/8').at(16_777_213))).toBe('255.255.255.254');
  });

  it('includes exactly its hosts', () => {
    fc.assert(
      fc.property(
        address,
        prefix,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (network, bits, at) => {
          const any = new Ipv4Range(network, bits);
          expect(any.includes(any.at(Math.floor(at * any.size)))).toBe(true);
          expect(any.includes(any.first - 1)).toBe(false);
          expect(any.includes(any.at(any.size - 1) + 1)).toBe(false);
        },
      ),
    );
  });

  it('has the address that named it, unless that is its network or its broadcast address', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 8, max: 30 }), (network, bits) => {
        const any = new Ipv4Range(network, bits);
        const edge = network === any.first - 1 || network === any.first + any.size;
        expect(any.includes(network)).toBe(!edge);
      }),
    );
  });

  it('has no host beyond its ends', () => {
    for (const index of [-1, 6, Number.NaN])
      expect(() => range('127.0.0.0/29').at(index)).toThrow(RangeError);
  });

  it('is named by an address and a prefix', () => {
    expect(Ipv4Range.of('10.0.4.77', 30).toString()).toBe('10.0.4.76/30');
    expect(() => Ipv4Range.of('10.0.4', 30)).toThrow('"10.0.4" is no IPv4 address.');
  });

  it('refuses a prefix that is none', () => {
    for (const bits of [7, 33, 24.5, Number.NaN])
      expect(() => new Ipv4Range(0, bits)).toThrow(RangeError);
  });

  it.each([
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/7',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '10.0.0.0/8.0',
  ])('is not %j', (text) => {
    expect(Ipv4Range.parse(text)).toBeUndefined();
  });
});
