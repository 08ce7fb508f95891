import * as fc from 'fast-check';
import { BrokenLaw } from './laws/broken-law.js';
import { scripts } from './script.arbitrary.js';
import { print, type Script } from './script.js';
import { simulate, type Outcome } from './simulation.js';

/** One seed in so many is run twice. */
const SAMPLE = 10;
/** How long a failing script may be shrunk (real ms). */
const SHRINKING = 90_000;

/** What a seed has shown. */
export interface Verdict {
  readonly seed: number;
  readonly nodeSeconds: number;
  readonly convergence: number;
  readonly failure?: {
    readonly law: string;
    readonly seen: string;
    /** The smallest script found that breaks the same law, as TypeScript. */
    readonly script: string;
  };
}

/** Runs the script of a seed; where it breaks a law, looks for a shorter one that breaks it too. */
export async function judge(seed: number, nodes?: number): Promise<Verdict> {
  let outcome: Outcome | undefined;
  let broken: BrokenLaw | undefined;
  const property = fc.asyncProperty(scripts(seed, nodes), async (script) => {
    try {
      const result = await run(script);
      outcome ??= result;
    } catch (error) {
      const failure = asBrokenLaw(error);
      // Another law may break on the way to a shorter script: that is another story.
      if (broken !== undefined && failure.law !== broken.law) return;
      broken = failure;
      throw failure;
    }
  });
  const details = await fc.check(property, {
    seed: mixed(seed),
    numRuns: 1,
    unbiased: true,
    interruptAfterTimeLimit: SHRINKING,
  });
  const { nodeSeconds = 0, convergence = 0 } = outcome ?? {};
  if (broken === undefined) return { seed, nodeSeconds, convergence };
  const [script] = details.counterexample ?? [];
  const text = script === undefined ? '(interrupted before it was known)' : print(script);
  const { law, seen } = broken;
  return { seed, nodeSeconds, convergence, failure: { law, seen, script: text } };
}

async function run(script: Script): Promise<Outcome> {
  const outcome = await simulate(script);
  if (script.seed % SAMPLE !== 0) return outcome;
  const { trace } = await simulate(script);
  const at = outcome.trace.findIndex((line, index) => line !== trace[index]);
  if (at !== -1 || trace.length !== outcome.trace.length)
    throw new BrokenLaw(
      'same seed, same run',
      `first "${outcome.trace[at]}", then "${trace[at]}" (line ${at})`,
      NaN,
    );
  return outcome;
}

function asBrokenLaw(error: unknown): BrokenLaw {
  if (error instanceof BrokenLaw) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new BrokenLaw('nothing is thrown that nobody catches', text, NaN);
}

/** Neighbouring seeds shall not give scripts that look alike. Source: the finaliser of MurmurHash3. */
function mixed(seed: number): number {
  let hash = seed | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
