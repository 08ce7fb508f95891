import { BeethovenError } from './beethoven.error.js';

/** A DistrServer has more messages waiting than its mailbox holds. This one was not taken. */
export class MailboxFullError extends BeethovenError {
  readonly code = 'BEETHOVEN_MAILBOX_FULL';

  constructor(
    readonly server: string,
    readonly limit: number,
  ) {
    super(
      `${limit} messages wait for the DistrServer ${server}: this one was not taken. Send fewer, make its handlers quicker, or spread the work over more nodes.`,
    );
  }
}
