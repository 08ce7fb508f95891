import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirInUseError } from '../errors/data-dir-in-use.error.js';

/** The directories that this process has: two nodes in one process are two as well. */
const held = new Set<string>();

/**
 * Takes a directory for this process by a file in it that names the process. A process that was killed leaves the file behind: it counts
 * for nothing once no process has that id and start any more. Processes in containers of their own do not see each other's ids, so
 * this does not tell two of those that share a directory apart.
 *
 * @returns gives it back
 * @throws DataDirInUseError
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  if (held.has(path)) throw new DataDirInUseError(directory, process.pid);
  // Written apart and given its name in one step, so that nobody reads a half of it.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${process.pid} ${startOf(process.pid)}`);
  try {
    for (let attempt = 0; !tryLink(draft, path); attempt++) {
      const owner = ownerOf(path);
      if (owner !== undefined && (owner.lives || attempt > 2))
        throw new DataDirInUseError(directory, owner.pid);
      if (owner !== undefined) bury(path, owner);
    }
  } finally {
    unlinkSync(draft);
  }
  held.add(path);
  return () => {
    if (held.delete(path)) unlinkSync(path);
  };
}

/** Takes the file of a dead process away, and not that of a live one which was faster to do so. */
function bury(path: string, { text }: Owner): void {
  const grave = `${path}.${process.pid}.old`;
  try {
    renameSync(path, grave);
  } catch {
    return;
  }
  if (readFileSync(grave, 'utf8') !== text) tryLink(grave, path);
  unlinkSync(grave);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

interface Owner {
  readonly pid: number;
  readonly lives: boolean;
  readonly text: string;
}

/** `undefined` where nobody has it any more. */
function ownerOf(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [pid = 0, start = 0] = text.split(' ').map(Number);
  return { pid, text, lives: isAlive(pid) && startOf(pid) === start };
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started (clock ticks since the machine did); 0 where the machine does not say. Ids are used again, and in containers soon. */
function startOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name, may have spaces and brackets in it; the start is the 22nd.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return 0;
  }
}
