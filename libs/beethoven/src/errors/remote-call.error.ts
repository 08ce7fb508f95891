import type { NodeId } from '../protocol/terms.js';
import { BeethovenError } from './beethoven.error.js';

/** What the other side says of an error: its class, code and message, and never its stack. */
export interface RemoteFault {
  readonly name: string;
  readonly code?: string | undefined;
  readonly message: string;
}

/** What was called threw. Bears the name of the error's class and its message, wherever it was thrown. */
export class RemoteCallError extends BeethovenError {
  readonly code = 'BEETHOVEN_REMOTE_CALL';
  /** The class of the error that was thrown. */
  readonly remoteName: string;
  /** Its `code`, where it has one. */
  readonly remoteCode: string | undefined;

  constructor(
    readonly node: NodeId,
    fault: RemoteFault,
  ) {
    super(fault.message);
    this.remoteName = fault.name;
    this.remoteCode = fault.code;
  }

  override get name(): string {
    return this.remoteName;
  }
}
