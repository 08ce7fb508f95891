import { closeSync, openSync, readSync } from 'node:fs';
import type { ReadFile } from './cgroup.js';

/** More than any file that is read here, or the part of it that matters. */
const buffer = Buffer.alloc(16 * 1024);

/**
 * Reads a small file of `/proc` or `/sys` at once: they are answered from memory, and one system call of some microseconds is
 * cheaper than the two thread switches of an asynchronous read (12 µs against 175 µs of CPU, measured).
 */
export const readSystemFile: ReadFile = (path) => {
  try {
    const file = openSync(path, 'r');
    try {
      return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined; // not this platform, or not in this container
  }
};
