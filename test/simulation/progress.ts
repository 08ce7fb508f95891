import type { Verdict } from './seed.js';

/** How many lines a log gets for a whole run. */
const LINES = 10;

/** Tells how far the run is: one line that moves on a terminal, some plain lines in a log. */
export class Progress {
  #judged = 0;
  #failures = 0;
  #nodeSeconds = 0;
  #slowest: Verdict | undefined;
  readonly #began = performance.now();
  readonly #broken = new Map<string, number[]>();
  readonly #isTerminal = process.stdout.isTTY;

  constructor(private readonly count: number) {}

  get failures(): number {
    return this.#failures;
  }

  add(verdict: Verdict): void {
    this.#judged++;
    this.#nodeSeconds += verdict.nodeSeconds;
    if (verdict.convergence > (this.#slowest?.convergence ?? 0)) this.#slowest = verdict;
    if (verdict.failure !== undefined) this.#fail(verdict.seed, verdict.failure);
    const line = this.#line();
    if (this.#isTerminal) process.stdout.write(`\r\u001b[K${line}`);
    else if (this.#judged % Math.ceil(this.count / LINES) === 0) console.log(line);
  }

  summarize(): void {
    if (this.#isTerminal) process.stdout.write('\r\u001b[K');
    console.log(this.#line());
    if (this.#slowest !== undefined) {
      const { seed, convergence } = this.#slowest;
      console.log(
        `The slowest to be one again: ${(convergence / 1_000).toFixed(1)} s (seed ${seed})`,
      );
    }
    for (const [law, seeds] of this.#broken)
      console.log(`BROKEN ${law}: ${seeds.length} × (seeds ${seeds.slice(0, 10).join(', ')})`);
  }

  #fail(seed: number, { law, seen, script }: NonNullable<Verdict['failure']>): void {
    this.#failures++;
    this.#broken.set(law, [...(this.#broken.get(law) ?? []), seed]);
    if (this.#isTerminal) process.stdout.write('\r\u001b[K');
    console.log(`\nSEED=${seed}\n  law   ${law}\n  seen  ${seen}\n${script}\n`);
  }

  #line(): string {
    const seconds = (performance.now() - this.#began) / 1_000;
    const rate = (value: number): string => (value / seconds).toFixed(value / seconds < 10 ? 1 : 0);
    return [
      `${this.#judged}/${this.count} seeds`,
      `${this.#failures} broken`,
      `${rate(this.#judged)} seeds/s`,
      `${rate(this.#nodeSeconds)} node-seconds/s`,
      `${seconds.toFixed(0)} s`,
    ].join(' · ');
  }
}
