import { BeethovenError } from './beethoven.error.js';

/** Two roles of one application have one name. The application did not start. */
export class DuplicateRoleError extends BeethovenError {
  readonly code = 'BEETHOVEN_DUPLICATE_ROLE';

  constructor(
    readonly role: string,
    readonly classNames: readonly [string, string],
  ) {
    super(
      `The role name "${role}" is used by ${classNames[0]} and by ${classNames[1]}. Give one of them another name, or declare it once.`,
    );
  }
}
