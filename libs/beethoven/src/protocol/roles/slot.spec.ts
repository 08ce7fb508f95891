import { describe, expect, it } from 'vitest';
import { isSlot, slotRank, type Slot } from './slot.js';

const good: Slot = {
  id: 'mail/0',
  role: 'mail',
  index: 0,
  holder: 'a@127.0.0.1:1',
  life: 12.5,
  epoch: 3,
  state: 'running',
};

describe('a slot', () => {
  it('is known by its shape, whoever sent it', () => {
    expect(isSlot(good)).toBe(true);
    expect(isSlot({ ...good, holder: null })).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'mail/0'],
    ['an id that is not its own', { ...good, id: 'mail/1' }],
    ['a role that is no text', { ...good, role: 7, id: '7/0' }],
    ['a negative index', { ...good, index: -1, id: 'mail/-1' }],
    ['an index beyond every limit', { ...good, index: 10_000, id: 'mail/10000' }],
    ['half an epoch', { ...good, epoch: 1.5 }],
    ['an epoch from which nobody could count on', { ...good, epoch: Number.MAX_SAFE_INTEGER }],
    ['a life that is no number', { ...good, life: Number.NaN }],
    ['an unknown state', { ...good, state: 'dancing' }],
    ['a holder that is no text', { ...good, holder: 1 }],
  ])('is not %s', (_, row) => {
    expect(isSlot(row)).toBe(false);
  });

  it('ranks by its epoch, and what is no slot ranks below every slot', () => {
    expect(slotRank(good)).toBe(3);
    expect(slotRank({ ...good, epoch: 1e300 })).toBe(-1);
  });
});
