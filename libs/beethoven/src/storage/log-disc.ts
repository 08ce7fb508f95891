/** The port to the files of tables: files that are only added to, in a directory of one process. All paths are absolute or relative to the working directory. */
export interface LogDisc {
  /**
   * Takes a directory, which is made where there is none, for this process alone.
   * @returns gives it back
   * @throws DataDirInUseError
   */
  lock(directory: string): () => void;
  /** The whole file; `undefined` where there is none. */
  read(path: string): Uint8Array | undefined;
  /** A file to add to, made where there is none. What it has beyond `length` bytes is cut off. */
  open(path: string, length: number): Promise<LogFile>;
  /** In place of what had the name before, in one step, or not at all where it rejects. */
  rename(from: string, to: string): Promise<void>;
  /** The files of a directory have their names on the disc, too, when it resolves. */
  settle(directory: string): Promise<void>;
}

export interface LogFile {
  /** On the disc, whatever happens to the machine, when it resolves. One at a time. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Injection token of the {@link LogDisc}. */
export const LOG_DISC = Symbol('beethoven:log-disc');
