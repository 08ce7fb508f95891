import { BeethovenError } from './beethoven.error.js';

/** A simulated cluster was used after its `close()`. Nothing was done. */
export class SimulationClosedError extends BeethovenError {
  readonly code = 'BEETHOVEN_SIMULATION_CLOSED';

  constructor() {
    super('This simulated cluster is closed: create another one for each test.');
  }
}
