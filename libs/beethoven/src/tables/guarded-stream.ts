import { Observable, type Observer, type Operator, type Subscription } from 'rxjs';

/**
 * An Observable whose subscribers cannot bring the process down: what one of them throws goes to `report`, and it hears the next value
 * all the same. What its operators throw ends its own subscription, and goes to its own error handler or to `report`. The
 * others never notice.
 */
export class GuardedStream<T> extends Observable<T> {
  constructor(
    private readonly report: (error: unknown) => void,
    subscribe?: (subscriber: Observer<T>) => () => void,
  ) {
    super(subscribe && ((subscriber) => subscribe(subscriber)));
  }

  /** Keeps the guard on what `pipe` makes of it. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new GuardedStream<R>(this.report);
    lifted.source = this;
    lifted.operator = operator;
    return lifted;
  }

  override subscribe(
    observer?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // Operators subscribe with a subscriber of their own, which passes errors on.
    if (observer != null && 'isStopped' in observer) return super.subscribe(observer);
    const given: Partial<Observer<T>> =
      typeof observer === 'function' || observer == null
        ? {
            ...(observer ? { next: observer } : {}),
            ...(error ? { error } : {}),
            ...(complete ? { complete } : {}),
          }
        : observer;
    return super.subscribe({
      next: (value) => this.#attempt(() => given.next?.(value)),
      error: (reason: unknown) => {
        if (given.error === undefined) this.report(reason);
        else this.#attempt(() => given.error?.(reason));
      },
      complete: () => this.#attempt(() => given.complete?.()),
    });
  }

  #attempt(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      this.report(thrown);
    }
  }
}
