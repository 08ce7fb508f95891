import { describe, expect, it } from 'vitest';
import type { Slot } from '../protocol/roles/slot.js';
import { roleEvent } from './role-event.js';

const slot = (more: Partial<Slot>): Slot => ({
  id: 'mail/0',
  role: 'mail',
  index: 0,
  holder: 'a',
  life: 1,
  epoch: 1,
  state: 'starting',
  ...more,
});

describe('a role event', () => {
  it.each([
    ['the first holder', undefined, slot({}), 'assigned', 'a'],
    ['a new holder', slot({}), slot({ holder: 'b', epoch: 2 }), 'assigned', 'b'],
    ['a new life of the holder', slot({}), slot({ epoch: 2 }), 'assigned', 'a'],
    ['an instance that runs', slot({}), slot({ state: 'running' }), 'started', 'a'],
    ['a slot given up', slot({}), slot({ holder: null }), 'released', 'a'],
  ])('tells of %s', (_, before, now, type, node) => {
    expect(roleEvent(before, now, 7)).toEqual({
      type,
      role: 'mail',
      slot: 0,
      epoch: now.epoch,
      node,
      at: 7,
    });
  });

  it('tells nothing where nothing has changed for a user', () => {
    expect(roleEvent(slot({}), slot({}), 7)).toBeUndefined();
    expect(roleEvent(undefined, slot({ holder: null }), 7)).toBeUndefined();
  });
});
