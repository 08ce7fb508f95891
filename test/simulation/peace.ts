import type { Life } from './life.js';

/** How long a fault of the network, or a pause, may show after it has ended (virtual ms): suspicions that it has raised last so long. */
const ECHO = 2_000;
/**
 * How long a link that has died without a word may go unnoticed (virtual ms): so long nothing may be said over it, for all are told a node's sample again after
 * 36 s at the latest; and 6 s may pass before an answer is missed. It excuses that what was said over it is lost, and no other verdict: heartbeats do not need the link.
 */
const UNNOTICED = 42_000;
/** After so long (virtual ms) most of them have been noticed, and a cluster that has become one should stay one. */
const MOSTLY_NOTICED = 10_000;

interface Forgotten {
  readonly at: number;
  readonly ends: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

/** What excuses the cluster: which faults there are, or were, that make correct nodes disagree for a while. */
export class Peace {
  readonly #cuts = new Set<unknown>();
  #isRough = false;
  #disturbedAt = -Infinity;
  /** The links that have died so, by both of their ends, and when. */
  readonly #forgotten: Forgotten[] = [];
  #unbroken = true;

  constructor(private readonly now: () => number) {}

  /** Some node cannot reach another from now on. @returns ends it, and may be called when all cuts have ended */
  cut(): () => void {
    const cut = {};
    this.#cuts.add(cut);
    this.#unbroken = false;
    return () => {
      this.#note();
      this.#cuts.delete(cut);
    };
  }

  /** Every cut has ended. */
  heal(): void {
    this.#note();
    this.#cuts.clear();
  }

  /** @param isRough packets are lost, or late enough to be missed */
  weather(isRough: boolean): void {
    this.#note();
    this.#isRough = isRough;
    if (isRough) this.#unbroken = false;
  }

  /** The links between this node and those have died without a word. */
  forget(node: string, others: readonly string[]): void {
    this.#unbroken = false;
    const links = new Set(others.flatMap((other) => [`${node} ${other}`, `${other} ${node}`]));
    this.#forgotten.push({ at: this.now(), ends: new Set([node, ...others]), links });
  }

  /**
   * Whether what a node said to another then (ms) may have gone over a link that had died without a word. Nobody misses one while the event loop
   * of who listens is blocked.
   */
  mayHaveMissed({ name, pausedAt, pausedUntil }: Life, speaker: string, saidAt: number): boolean {
    return this.#forgotten.some(({ at, links }) => {
      const unnoticed = at + UNNOTICED;
      const until = pausedAt <= unnoticed ? Math.max(unnoticed, pausedUntil) : unnoticed;
      return links.has(`${speaker} ${name}`) && at <= saidAt && saidAt <= until;
    });
  }

  /** Whether any link has died without a word: an end that nobody writes to any more may be open until the operating system gives it up. */
  get hasForgotten(): boolean {
    return this.#forgotten.length > 0;
  }

  /** Until when links may be dead that nobody has missed yet (ms): who sleeps begins to miss one when it wakes. */
  hiddenUntil(lives: readonly Life[]): number {
    const noticeable = this.#forgotten.flatMap(({ at, ends }) => [
      at,
      ...lives
        .filter(({ name, pausedAt }) => ends.has(name) && pausedAt <= at + MOSTLY_NOTICED)
        .map(({ pausedUntil }) => pausedUntil),
    ]);
    return Math.max(-Infinity, ...noticeable) + MOSTLY_NOTICED;
  }

  /** A node stops for a while: something may happen that it is told of late. */
  interrupt(): void {
    this.#unbroken = false;
  }

  /** Whether nothing has happened since the beginning but starts, ends and crashes: there is one truth at each instant then. */
  get isUnbroken(): boolean {
    return this.#unbroken;
  }

  /** Whether the network is whole and good, and has been for long enough to be so for this node. */
  isCalmFor(observer: Life): boolean {
    return !this.isDisturbed && !this.echoesFor(observer, this.wholeSince);
  }

  /** Whether a fault that ended then (ms) may still show to this node: who sleeps is told later. */
  echoesFor({ pausedAt, pausedUntil }: Life, endedAt: number): boolean {
    const sleptThen = pausedAt - endedAt <= ECHO;
    return this.echoes(sleptThen ? Math.max(endedAt, pausedUntil) : endedAt);
  }

  /** Whether a fault that ended then (ms) may still show. */
  echoes(endedAt: number): boolean {
    return this.now() - endedAt <= ECHO;
  }

  /** Since when all nodes have reached each other without loss (ms); `Infinity` while they do not. */
  get wholeSince(): number {
    return this.isDisturbed ? Infinity : this.#disturbedAt;
  }

  /** Whether some node cannot reach another now, or not always. */
  get isDisturbed(): boolean {
    return this.#cuts.size > 0 || this.#isRough;
  }

  #note(): void {
    if (this.isDisturbed) this.#disturbedAt = this.now();
  }
}
