import { BeethovenError } from './beethoven.error.js';

/** A role cannot be run as it is declared. The application did not start. */
export class RoleDefinitionError extends BeethovenError {
  readonly code = 'BEETHOVEN_ROLE_DEFINITION';

  constructor(
    readonly className: string,
    /** What is wrong, each with the value and what is wanted. */
    readonly faults: readonly string[],
  ) {
    super(`The role class ${className} cannot be used as it is declared: ${faults.join('; ')}.`);
  }
}
