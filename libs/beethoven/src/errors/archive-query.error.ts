import { BeethovenError } from './beethoven.error.js';

/** The hardware archive was asked something that has no answer. It is unchanged. */
export class ArchiveQueryError extends BeethovenError {
  readonly code = 'BEETHOVEN_ARCHIVE_QUERY';

  constructor(
    readonly argument: 'metric' | 'since' | 'limit' | 'points',
    readonly value: unknown,
    wanted: string,
  ) {
    super(`The archive cannot answer for ${argument} = ${String(value)}. Give ${wanted}.`);
  }
}
