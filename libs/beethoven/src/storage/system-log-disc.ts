import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { lockDirectory } from './directory-lock.js';
import type { LogDisc, LogFile } from './log-disc.js';

/** The files of this machine. */
export const systemLogDisc: LogDisc = {
  lock(directory) {
    mkdirSync(directory, { recursive: true });
    return lockDirectory(directory);
  },
  read(path) {
    try {
      return readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  async open(path, length) {
    const handle = await open(path, 'a');
    try {
      await handle.truncate(length);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new SystemLogFile(handle);
  },
  rename,
  async settle(directory) {
    if (process.platform === 'win32') return; // it does not open directories, and needs none of this
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

class SystemLogFile implements LogFile {
  constructor(private readonly handle: FileHandle) {}

  async append(bytes: Uint8Array): Promise<void> {
    await this.handle.appendFile(bytes);
    await this.handle.datasync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
