import { existsSync, readdirSync } from 'node:fs';
import { run } from './run.js';

/** Where iproute2 keeps the names of network namespaces. */
const NAMES = '/run/netns';
const OURS = /^beethoven-(\d+)-/;
let made = 0;

/** A beginning for names that no other network of this machine has. It tells which process they belong to. */
export const uniquePrefix = (): string => `beethoven-${process.pid}-${++made}-`;

/** Ends every process inside, and takes the namespaces away with all that is in them: interfaces, rules, routes. */
export async function removeNamespaces(names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      try {
        const pids = await run('ip', ['netns', 'pids', name]);
        for (const pid of pids.split('\n').filter(Boolean)) end(Number(pid));
        await run('ip', ['netns', 'delete', name]);
      } catch (error) {
        if (existingNames().includes(name)) throw error; // else another run was faster
      }
    }),
  );
}

/** The namespaces with this prefix. */
export function namespacesOf(prefix: string): string[] {
  return existingNames().filter((name) => name.startsWith(prefix));
}

/** Removes what runs have left behind that did not come to their own clean-up. */
export async function removeLeftovers(): Promise<void> {
  await removeNamespaces(existingNames().filter(isLeftover));
}

function isLeftover(name: string): boolean {
  const [, pid] = OURS.exec(name) ?? [];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

function existingNames(): string[] {
  return existsSync(NAMES) ? readdirSync(NAMES) : [];
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
