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

/** A moment, by the clock of one thread and by the machine's own, which all threads of a process share. */
export interface Anchor {
  readonly time: Millis;
  readonly monotonic: Millis;
}

const monotonic = (): Millis => Number(process.hrtime.bigint()) / 1e6;

export function anchor(): Anchor {
  return { time: systemClock.now(), monotonic: monotonic() };
}

/** The clock of the thread that has given the anchor, for another one: by itself that would be anchored to the wall clock when it starts. */
export function clockAnchoredTo({ time, monotonic: then }: Anchor): Clock {
  const origin = time + monotonic() - then - performance.now();
  return { ...systemClock, now: () => origin + performance.now() };
}
