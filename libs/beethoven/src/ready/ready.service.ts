import { Inject, Injectable } from '@nestjs/common';
import { BehaviorSubject, type Observable, map, distinctUntilChanged } from 'rxjs';
import { NotReadyError } from '../errors/not-ready.error.js';
import { CLOCK, type Clock } from '../network/clock.js';
import type { Millis } from '../protocol/terms.js';

/** How far the start of this node has come. */
type Progress =
  | { readonly stage: 'locating' | 'syncing' | 'assigning' | 'ready' | 'aside' | 'stopped' }
  | { readonly stage: 'failed'; readonly error: Error };

const MISSING: Record<Progress['stage'], string> = {
  locating: 'it is still seeking its cluster',
  syncing: "the cluster's tables are not here yet",
  assigning: 'its roles are not decided yet',
  ready: 'nothing is missing',
  aside: 'its machine is about to stand still',
  stopped: 'it has left the cluster',
  failed: 'its start failed',
};

/**
 * Whether this node takes part: its place in a cluster is decided, the cluster's tables are here, and the first evaluation of
 * the roles is done.
 */
@Injectable()
export class ReadyService {
  readonly #progress = new BehaviorSubject<Progress>({ stage: 'locating' });

  /** Whether the node is ready; replays, and says so again each time it changes. */
  readonly ready$: Observable<boolean> = this.#progress.pipe(
    map(({ stage }) => stage === 'ready'),
    distinctUntilChanged(),
  );

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  isReady(): boolean {
    return this.#progress.value.stage === 'ready';
  }

  /**
   * Resolves as soon as the node is ready.
   *
   * @param timeoutMs How long to wait (ms, default 5,000).
   * @throws {@link NotReadyError} when the time is up, or at once when the node has left; or what made the start fail.
   */
  untilReady(timeoutMs: Millis = 5_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => {
        const { stage } = this.#progress.value;
        reject(new NotReadyError(timeoutMs, MISSING[stage], stage === 'stopped'));
      };
      const timer = this.clock.setTimer(timeoutMs, () => {
        waiting.unsubscribe();
        late();
      });
      const end = (settle: () => void): void => {
        timer.cancel();
        settle();
        // The first value may come before `subscribe` has returned.
        queueMicrotask(() => waiting.unsubscribe());
      };
      const waiting = this.#progress.subscribe({
        next: (progress) => {
          if (progress.stage === 'ready') end(resolve);
          else if (progress.stage === 'failed') end(() => reject(progress.error));
        },
        // Who has left comes back in another life, or not at all.
        complete: () => end(late),
      });
    });
  }

  /** @internal The lifecycle reports how far it has come. */
  advance(progress: Progress): void {
    this.#progress.next(progress);
    if (progress.stage === 'stopped') this.#progress.complete();
  }
}
