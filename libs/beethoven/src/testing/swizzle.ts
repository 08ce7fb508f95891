import type { Timer } from '../network/clock.js';
import { shuffled, type Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import type { Cut } from './cuts.js';
import type { Timeline } from './timeline.js';

/**
 * Cuts links one by one in a random order, and restores them one by one in another: what finds the faults that a clean
 * partition hides (FoundationDB calls it swizzling). Every link is cut in the first half of the time, and whole after it.
 */
export function swizzle(
  cutters: readonly (() => Cut)[],
  over: Millis,
  timeline: Timeline,
  random: Random,
): Cut {
  const step = over / 2 / cutters.length;
  const links = cutters.map((cut) => ({ cut, live: undefined as Cut | undefined }));
  const timers: Timer[] = [];
  for (const [i, link] of shuffled(random, links).entries())
    timers.push(timeline.schedule(i * step, () => (link.live = link.cut())));
  for (const [i, link] of shuffled(random, links).entries())
    timers.push(timeline.schedule(over / 2 + (i + 1) * step, () => link.live?.heal()));
  return {
    heal: () => {
      for (const timer of timers) timer.cancel();
      for (const link of links) link.live?.heal();
    },
  };
}
