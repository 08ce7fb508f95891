import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHello, parseRefused, parseWelcome } from './hello.js';

const card = { id: 'a@127.0.0.1:33000', incarnation: 1_000, startedAt: 1_000.5, labels: {} };
const hello = { protocol: [1, 1], cluster: 'shop', purpose: 'link', card };

describe('a hello', () => {
  it('is taken as it was sent', () => {
    const full = { ...hello, expected: 'b@127.0.0.2:33000' };
    expect(parseHello(structuredClone(full))).toEqual(full);
    expect(parseHello(structuredClone(hello))).toEqual(hello);
  });

  it('may carry fields of a later release, which are left out', () => {
    expect(parseHello({ ...hello, mood: 'good' })).toEqual(hello);
  });

  const faults: [string, object][] = [
    ['a purpose nobody knows', { ...hello, purpose: 'observe' }],
    ['an id that is none', { ...hello, card: { ...card, id: 'a' } }],
    [
      'an id of 256 characters',
      { ...hello, card: { ...card, id: `${'a'.repeat(240)}@127.0.0.1:33000` } },
    ],
    ['a port beyond 65,535', { ...hello, card: { ...card, id: 'a@127.0.0.1:65536' } }],
    ['an id that would break a log line', { ...hello, card: { ...card, id: 'a\nb@127.0.0.1:1' } }],
    ['an incarnation with a fraction', { ...hello, card: { ...card, incarnation: 1.5 } }],
    ['an incarnation as a bigint', { ...hello, card: { ...card, incarnation: 1n } }],
    ['a start that is no time', { ...hello, card: { ...card, startedAt: NaN } }],
    ['a start beyond the end of time', { ...hello, card: { ...card, startedAt: 9e15 } }],
    ['labels that are not text', { ...hello, card: { ...card, labels: { zone: 1 } } }],
    ['33 labels', { ...hello, card: { ...card, labels: labels(33) } }],
    [
      'a label of 257 characters',
      { ...hello, card: { ...card, labels: { zone: 'x'.repeat(257) } } },
    ],
    ['one version where two are due', { ...hello, protocol: [1] }],
    ['no cluster', { ...hello, cluster: '' }],
    ['an expected id that is none', { ...hello, expected: 'b' }],
  ];
  it.each(faults)('is none with %s', (_fault, value) => {
    expect(parseHello(value)).toBeUndefined();
  });

  it('may be as long as the limits', () => {
    const longest = {
      ...hello,
      card: {
        ...card,
        id: `${'a'.repeat(239)}@127.0.0.1:33000`,
        labels: labels(32, 'x'.repeat(256)),
      },
    };
    expect(parseHello(longest)).toEqual(longest);
  });

  it('cannot reach a prototype through its labels', () => {
    const value = JSON.parse(
      JSON.stringify(hello).replace('"labels":{}', '"labels":{"__proto__":"x","zone":"a"}'),
    ) as unknown;
    const taken = parseHello(value)?.card.labels;
    expect(taken).toEqual({ zone: 'a' });
    expect(Object.getPrototypeOf(taken)).toBe(Object.prototype);
  });
});

describe('an answer', () => {
  it('is taken as it was sent', () => {
    expect(parseWelcome({ protocol: 1, card })).toEqual({ protocol: 1, card });
    const refused = { reason: 'cluster', text: 'This is another cluster.' };
    expect(parseRefused(refused)).toEqual(refused);
  });

  it('with a reason that only a later release knows is still a refusal', () => {
    expect(parseRefused({ reason: 'too-late', text: '' })?.reason).toBe('malformed');
  });

  it('with a text that would flood or break the log is none', () => {
    expect(parseRefused({ reason: 'cluster', text: 'x'.repeat(1_025) })).toBeUndefined();
    expect(parseRefused({ reason: 'cluster', text: 'a\u2028b' })).toBeUndefined();
  });
});

it('whatever comes, nothing throws', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      for (const parse of [parseHello, parseWelcome, parseRefused])
        expect(parse(value)).toBeUndefined();
    }),
  );
});

function labels(count: number, text = 'x'): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${i}`.padEnd(text.length, '-'), text]),
  );
}
