import { performance } from 'node:perf_hooks';
import type { Millis } from '../protocol/terms.js';
import type { Clock } from './clock.js';

/** The longest that Node.js can wait; anything more would fire at once. */
const MAX_TIMER: Millis = 2 ** 31 - 1;

/** The clock of this machine: monotonic, anchored to the wall clock at the start of the process. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(after, fire) {
    const timer = setTimeout(fire, Math.min(after, MAX_TIMER));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  promptly: (run) => process.nextTick(run),
  soon: (run) => void setImmediate(run),
};
