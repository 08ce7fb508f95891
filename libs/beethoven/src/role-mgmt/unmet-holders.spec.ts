import { describe, expect, it } from 'vitest';
import type { Slot } from '../protocol/roles/slot.js';
import { MEETING_WAIT, UnmetHolders } from './unmet-holders.js';

const slot = (holder: string): Slot => ({
  id: 'mail/0',
  role: 'mail',
  index: 0,
  holder,
  life: 1,
  epoch: 1,
  state: 'starting',
});

describe('a slot', () => {
  it('whose holder was heard of before it was met is left to it for a moment', () => {
    const unmet = new UnmetHolders(() => false);
    unmet.assigned(slot('a'), 100);
    expect(unmet.claimableAt('mail/0')).toBe(100 + MEETING_WAIT);
    expect(unmet.claimableAt('mail/1')).toBe(0);
  });

  it('whose holder was known to live when it got it may be taken as soon as that one is gone', () => {
    const live = new Set(['a']);
    const unmet = new UnmetHolders(({ holder }) => live.has(holder ?? ''));
    unmet.assigned(slot('a'), 100);
    live.clear();
    expect(unmet.claimableAt('mail/0')).toBe(0);
  });

  it('is not waited for once somebody who is known to live has had it', () => {
    const unmet = new UnmetHolders(({ holder }) => holder === 'b');
    unmet.assigned(slot('a'), 100);
    unmet.assigned(slot('b'), 200);
    expect(unmet.claimableAt('mail/0')).toBe(0);
  });
});
