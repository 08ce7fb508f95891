import { BeethovenError } from './beethoven.error.js';

/** Virtual time was told to pass while it passes already. The first advance goes on. */
export class AlreadyAdvancingError extends BeethovenError {
  readonly code = 'BEETHOVEN_ALREADY_ADVANCING';

  constructor() {
    super('Time is advancing already: await one advance(), until() or settled() before the next.');
  }
}
