import { BeethovenError } from './beethoven.error.js';

/** No node that could be asked has a table of that name. Nothing was written. */
export class TableNotFoundError extends BeethovenError {
  readonly code = 'BEETHOVEN_TABLE_NOT_FOUND';

  constructor(
    readonly table: string,
    /** A node, or `'any live node'`. */
    readonly where: string,
  ) {
    super(
      `Table "${table}" is open on ${where === 'any live node' ? 'no live node' : `another node than ${where}, or on none`}. Open it where its rows shall be, with TableService.open(); name the node for a table with local copies.`,
    );
  }
}
