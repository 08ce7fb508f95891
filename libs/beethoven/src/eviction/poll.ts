import { Observable } from 'rxjs';
import type { Clock, Timer } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';

/** Between two looks: what Azure advises, where a machine may have no more than 30 seconds left. */
export const PACE: Millis = 1_000;

/** After a look that failed the pause doubles, up to this: a service that is overrun is left alone, and the 30 seconds are not lost. */
export const SLOWEST_PACE: Millis = 5_000;

/**
 * Looks at once and then once a second, never twice at the same time, for as long as somebody subscribes.
 *
 * @param look gives what it saw, or `undefined` where it failed; its signal fires when nobody wants to know any more
 */
export function poll<T>(
  clock: Clock,
  look: (signal: AbortSignal) => Promise<T | undefined>,
): Observable<T> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    let timer: Timer | undefined;
    let pause = PACE;
    const next = async (): Promise<void> => {
      const seen = await look(abort.signal);
      if (abort.signal.aborted) return;
      pause = seen === undefined ? Math.min(pause * 2, SLOWEST_PACE) : PACE;
      if (seen !== undefined) subscriber.next(seen);
      timer = clock.setTimer(pause, () => void next());
    };
    void next();
    return () => {
      abort.abort();
      timer?.cancel();
    };
  });
}
