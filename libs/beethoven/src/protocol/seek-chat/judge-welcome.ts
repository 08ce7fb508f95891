import type { NodeId } from '../terms.js';
import type { Host } from './answer-hello.js';
import { SPOKEN, type RefusalReason, type Welcome } from './hello.js';

/** What is wrong with a welcome, seen by the caller: one who checks nothing may have answered. `undefined` where all is well. */
export function judgeWelcome(
  { protocol, card }: Welcome,
  caller: Host,
  expected: NodeId | undefined,
): RefusalReason | undefined {
  const [oldest, newest] = caller.spoken ?? SPOKEN;
  if (protocol < oldest || protocol > newest) return 'version';
  if (card.id === caller.card.id) {
    return card.startedAt === caller.card.startedAt ? 'self' : 'duplicate-id';
  }
  return expected === undefined || expected === card.id ? undefined : 'not-me';
}
