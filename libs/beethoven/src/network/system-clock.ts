import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.js';

/** The clock of this machine: monotonic, anchored to the wall clock at the start of the process. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(after, fire) {
    const timer = setTimeout(fire, after);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (run) => void setImmediate(run),
};
