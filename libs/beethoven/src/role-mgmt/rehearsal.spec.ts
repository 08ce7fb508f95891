import { expect, it } from 'vitest';
import { systemClock } from '../network/system-clock.js';
import { rehearseTakeovers } from './rehearsal.js';
import type { RoleContext } from './role-hooks.js';

it('plays each takeover to the end: claimed from a lost holder, started under the next epoch, stopped', async () => {
  const contexts: RoleContext[] = [];
  await rehearseTakeovers(
    async () => ({ onRoleStart: (context) => void contexts.push(context) }),
    systemClock,
  );
  expect(contexts.length).toBeGreaterThan(1);
  for (const { epoch, slot, signal } of contexts) {
    expect({ epoch, slot, stopped: signal.aborted }).toEqual({ epoch: 2, slot: 0, stopped: true });
  }
});

it('ends as well when the part cannot be had', async () => {
  await expect(
    rehearseTakeovers(() => Promise.reject(new Error('no such provider')), systemClock),
  ).resolves.toBeUndefined();
});
