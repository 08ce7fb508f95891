import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The port to small files that outlive the process. */
export interface Disc {
  /** `undefined` where there is no such file, or none that can be read. */
  read(path: string): Promise<string | undefined>;
  /** The whole file or nothing: whoever reads meanwhile sees the old one. Rejects where it cannot be written. */
  write(path: string, text: string): Promise<void>;
}

/** Injection token of the {@link Disc}. */
export const DISC = Symbol('beethoven:disc');

/** The files of this machine. */
export const systemDisc: Disc = {
  async read(path) {
    try {
      return await readFile(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  async write(path, text) {
    await mkdir(dirname(path), { recursive: true });
    // Processes that share a directory do not write into one another's half-written files.
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, text);
    await rename(draft, path);
  },
};

/** A machine that forgets everything. */
export const noDisc: Disc = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
};
