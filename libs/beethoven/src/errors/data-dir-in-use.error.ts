import { BeethovenError } from './beethoven.error.js';

/** Another process keeps its tables in the same directory. Nothing was read or written. */
export class DataDirInUseError extends BeethovenError {
  readonly code = 'BEETHOVEN_DATA_DIR_IN_USE';

  constructor(
    readonly directory: string,
    /** The process that has it. */
    readonly pid: number,
  ) {
    super(
      `Process ${pid} keeps its tables in "${directory}". Give each node a \`dataDir\` of its own; if that process is none of yours, delete the file "lock" there.`,
    );
  }
}
