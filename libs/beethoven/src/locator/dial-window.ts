/** So many calls are under way at once: a black-holed /24 costs one time-out, and no machine runs out of sockets. */
export const WINDOW = 256;

/** Calls one target after the other, {@link WINDOW} at once. */
export class DialWindow<T> {
  #open = 0;
  #exhausted = false;
  #stopped = false;

  /**
   * @param next the next target, asked for at the moment of its call; `undefined` when there are no more
   * @param call settles when the call has ended, however it ended
   * @param done every call has ended; not called once stopped
   */
  constructor(
    private readonly next: () => T | undefined,
    private readonly call: (target: T) => Promise<void>,
    private readonly done: () => void,
  ) {}

  start(): void {
    this.#fill();
  }

  /** Begins no more calls; those under way end by themselves. */
  stop(): void {
    this.#stopped = true;
  }

  #fill(): void {
    while (!this.#stopped && !this.#exhausted && this.#open < WINDOW) {
      const target = this.next();
      if (target === undefined) {
        this.#exhausted = true;
        break;
      }
      this.#open++;
      void this.call(target).finally(() => {
        this.#open--;
        this.#fill();
      });
    }
    if (this.#stopped || !this.#exhausted || this.#open > 0) return;
    this.#stopped = true;
    this.done();
  }
}
