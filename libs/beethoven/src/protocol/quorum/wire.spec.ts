import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../network/codec.js';
import type { QuorumMessage } from './messages.js';
import { fromWire, toWire } from './wire.js';

const voters = new Map([['a', 1.5]]);

const MESSAGES: QuorumMessage[] = [
  { kind: 'ask', life: 12.5, tag: '', round: 3, firm: true, slots: [['mail/0', 7]] },
  {
    kind: 'answer',
    life: 1,
    round: 3,
    granted: ['mail/0'],
    refused: [{ slot: 'mail/1', epoch: 2, wait: 0.5 }],
  },
  { kind: 'release', life: 1, round: 4, used: true, slots: ['mail/0'] },
  { kind: 'electorate', life: 1, electorate: undefined },
  {
    kind: 'electorate',
    life: 1,
    electorate: { generation: 0, foundedAt: 2.5, founder: 'a', version: 1, voters },
  },
  { kind: 'leaving', life: 1 },
  { kind: 'prepare', life: 1, tag: '0/2.5/a/1', ballot: [1, 'a'] },
  { kind: 'promised', life: 1, tag: 't', ballot: [2, 'a'], earlier: undefined },
  { kind: 'promised', life: 1, tag: 't', ballot: [2, 'a'], earlier: { ballot: [1, 'b'], voters } },
  { kind: 'propose', life: 1, tag: 't', ballot: [2, 'a'], voters },
  { kind: 'accepted', life: 1, tag: 't', ballot: [2, 'a'] },
];

describe('the wire of the quorum', () => {
  it.each(MESSAGES)('carries $kind', (message) => {
    expect(fromWire(decode(encode(toWire(message))))).toEqual(message);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'ask'],
    ['an unknown kind', [9, 1, 1, []]],
    ['a life that is no number', [0, 'x', 1, []]],
    ['a round that is negative', [0, 1, -1, []]],
    ['no slots', [0, 1, 1, '', true]],
    ['a tag that is no text', [0, 1, 1, 7, true, []]],
    ['a standing that is no yes or no', [0, 1, 1, '', 1, []]],
    ['a slot without an epoch', [0, 1, 1, '', true, [['mail/0']]]],
    ['a slot without a name', [0, 1, 1, '', true, [['', 1]]]],
    ['a name that is too long', [2, 1, 1, true, ['x'.repeat(161)]]],
    ['too many slots', [2, 1, 1, true, Array.from({ length: 10_001 }, () => 'a')]],
    ['a use that is no yes or no', [2, 1, 1, 1, []]],
    ['refusals that are none', [1, 1, 1, [], ['mail/0']]],
    ['a refusal with half an epoch', [1, 1, 1, [], [['mail/0', 0.5, 1]]]],
    ['a refusal that waits for ever', [1, 1, 1, [], [['mail/0', 1, Infinity]]]],
    ['an electorate without a founder', [3, 1, 0, 1, '', 1, [['a', 1]]]],
    ['half a version', [3, 1, 0, 1, 'a', 0.5, [['a', 1]]]],
    ['a voter without a life', [3, 1, 0, 1, 'a', 1, [['a']]]],
    ['a ballot of nobody', [5, 1, 't', [1, '']]],
    ['a ballot that is none', [8, 1, 't', 7]],
    ['a tag that is too long', [5, 1, 'x'.repeat(999), [1, 'a']]],
    ['half a proposal', [6, 1, 't', [1, 'a'], [1, 'a']]],
  ])('refuses %s', (_, wire) => {
    expect(fromWire(wire)).toBeUndefined();
  });
});
