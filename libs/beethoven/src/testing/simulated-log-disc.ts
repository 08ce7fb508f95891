import { DataDirInUseError } from '../errors/data-dir-in-use.error.js';
import type { Clock } from '../network/clock.js';
import { integerBetween, type Random } from '../protocol/random.js';
import type { Millis } from '../protocol/terms.js';
import type { LogDisc, LogFile } from '../storage/log-disc.js';

/** A file: what was added to it, as it was added. */
interface Content {
  parts: Uint8Array[];
}

/** The disc of one simulated machine: outlives its processes. What is being written when one ends may be there, or a part of it, or garbage. */
export class SimulatedLogDisc {
  readonly #files = new Map<string, Content>();
  readonly #locks = new Set<string>();
  readonly #writes = new Map<Content, Uint8Array>();
  /** How many more bytes it takes. */
  room = Infinity;
  /** What a write takes until it is on the disc. */
  pace: Millis = 1;

  constructor(private readonly random: Random) {}

  /** The disc as one process has it. */
  for(clock: Clock): LogDisc {
    return {
      lock: (directory) => {
        if (this.#locks.has(directory)) throw new DataDirInUseError(directory, 1);
        this.#locks.add(directory);
        return () => void this.#locks.delete(directory);
      },
      read: (path) => this.bytes(path),
      open: (path, length) => {
        const content = this.#files.get(path) ?? { parts: [] };
        this.#files.set(path, content);
        const bytes = whole(content);
        this.room += bytes.length - length;
        content.parts = [bytes.slice(0, length)];
        return Promise.resolve(this.#file(content, clock));
      },
      rename: (from, to) => {
        const content = this.#files.get(from);
        if (content === undefined) return Promise.reject(new Error(`ENOENT: no file ${from}`));
        this.room += this.bytes(to)?.length ?? 0;
        this.#files.set(to, content);
        this.#files.delete(from);
        return Promise.resolve();
      },
      settle: () => Promise.resolve(),
    };
  }

  /** The process has ended, or the machine has. */
  crash(): void {
    this.#locks.clear();
    for (const [content, bytes] of this.#writes) {
      const part = bytes.slice(0, integerBetween(this.random, 0, bytes.length));
      // The file may have grown, and what is in it may not have arrived.
      if (part.length > 0 && this.random.float() < 0.3)
        part.fill(0, integerBetween(this.random, 0, part.length - 1));
      this.#add(content, part);
    }
    this.#writes.clear();
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** What a file has, to be spoilt or looked at; `undefined`: there is none. */
  bytes(path: string): Uint8Array | undefined {
    const content = this.#files.get(path);
    return content && whole(content);
  }

  #file(content: Content, clock: Clock): LogFile {
    return {
      append: (bytes) =>
        new Promise((resolve, reject) => {
          this.#writes.set(content, bytes);
          clock.setTimer(this.pace, () => {
            this.#writes.delete(content);
            const part = bytes.subarray(0, this.room);
            this.#add(content, part);
            if (part.length === bytes.length) resolve();
            else reject(new Error('ENOSPC: no space left on device'));
          });
        }),
      close: () => Promise.resolve(),
    };
  }

  #add(content: Content, part: Uint8Array): void {
    this.room -= part.length;
    content.parts.push(part);
  }
}

/** In one piece from here on. */
function whole(content: Content): Uint8Array {
  const [only] = content.parts;
  if (only !== undefined && content.parts.length === 1) return only;
  const bytes = Uint8Array.from(Buffer.concat(content.parts));
  content.parts = [bytes];
  return bytes;
}
