import { BeethovenError } from './beethoven.error.js';

/** One option that cannot be used. */
export interface ConfigFault {
  /** The option, with dots for nested ones: `failureDetection.probeInterval`. */
  readonly key: string;
  /** What was given, shortened; never the value of an option that the library does not know. */
  readonly got: string;
  /** What would be accepted. */
  readonly wanted: string;
}

/** The options of `BeethovenModule` cannot be used. Nothing was started. */
export class BeethovenConfigError extends BeethovenError {
  readonly code = 'BEETHOVEN_CONFIG';

  constructor(readonly faults: readonly ConfigFault[]) {
    const list = faults.map(({ key, got, wanted }) => `  ${key}: got ${got}, wanted ${wanted}`);
    super(`Correct these options of BeethovenModule:\n${list.join('\n')}`);
  }
}
