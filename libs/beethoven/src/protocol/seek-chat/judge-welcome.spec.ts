import { describe, expect, it } from 'vitest';
import type { PeerCard } from '../terms.js';
import { judgeWelcome } from './judge-welcome.js';

const cardOf = (id: string, startedAt = 1_000): PeerCard => ({
  id,
  incarnation: startedAt,
  startedAt,
  labels: {},
});
const caller = { cluster: 'shop', card: cardOf('caller@127.0.0.2:33000') };
const welcome = { protocol: 1, card: cardOf('host@127.0.0.1:33000') };

describe('a caller', () => {
  it('is content with whoever answers, unless it expected somebody', () => {
    expect(judgeWelcome(welcome, caller, undefined)).toBeUndefined();
    expect(judgeWelcome(welcome, caller, welcome.card.id)).toBeUndefined();
    expect(judgeWelcome(welcome, caller, 'other@127.0.0.1:33000')).toBe('not-me');
  });

  it.each([0, 2])('does not go on in protocol %i, which it does not speak', (protocol) => {
    expect(judgeWelcome({ ...welcome, protocol }, caller, undefined)).toBe('version');
  });

  it('knows itself, and whoever has its id', () => {
    expect(judgeWelcome({ ...welcome, card: caller.card }, caller, undefined)).toBe('self');
    const other = cardOf(caller.card.id, 2_000);
    expect(judgeWelcome({ ...welcome, card: other }, caller, undefined)).toBe('duplicate-id');
  });
});
