import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../network/codec.js';
import type { QuorumMessage } from './messages.js';
import { fromWire, toWire } from './wire.js';

const MESSAGES: QuorumMessage[] = [
  { kind: 'ask', life: 12.5, round: 3, slots: [['mail/0', 7]] },
  {
    kind: 'answer',
    life: 1,
    round: 3,
    granted: ['mail/0'],
    refused: [{ slot: 'mail/1', epoch: 2, wait: 0.5 }],
  },
  { kind: 'release', life: 1, round: 4, slots: ['mail/0'] },
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
    ['no slots', [0, 1, 1]],
    ['a slot without an epoch', [0, 1, 1, [['mail/0']]]],
    ['a slot without a name', [0, 1, 1, [['', 1]]]],
    ['a name that is too long', [2, 1, 1, ['x'.repeat(161)]]],
    ['too many slots', [2, 1, 1, Array.from({ length: 10_001 }, () => 'a')]],
    ['refusals that are none', [1, 1, 1, [], ['mail/0']]],
    ['a refusal with half an epoch', [1, 1, 1, [], [['mail/0', 0.5, 1]]]],
    ['a refusal that waits for ever', [1, 1, 1, [], [['mail/0', 1, Infinity]]]],
  ])('refuses %s', (_, wire) => {
    expect(fromWire(wire)).toBeUndefined();
  });
});
