import { BeethovenError } from './beethoven.error.js';

/** A simulated node was asked for what only a running one can do. Nothing was done. */
export class NodeNotRunningError extends BeethovenError {
  readonly code = 'BEETHOVEN_NODE_NOT_RUNNING';

  constructor(
    readonly node: string,
    readonly state: 'starting' | 'ended',
  ) {
    super(
      state === 'starting'
        ? `${node} has not started yet: let time pass first, with settled() for example.`
        : `${node} has ended: restart('${node}') and settled() bring it back.`,
    );
  }
}
