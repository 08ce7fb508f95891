import { BeethovenError } from './beethoven.error.js';

/** The options ask for something that needs a package which is not installed. The application has not started. */
export class MissingPackageError extends BeethovenError {
  readonly code = 'BEETHOVEN_MISSING_PACKAGE';

  constructor(
    readonly packageName: string,
    range: string,
    /** The option that asks for it. */
    readonly option: string,
    options?: ErrorOptions,
  ) {
    super(
      `${option} needs the package "${packageName}", which cannot be loaded. Install it (npm install ${packageName}@${range}), or do without this option.`,
      options,
    );
  }
}
