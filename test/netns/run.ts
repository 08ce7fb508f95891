import { execFile } from 'node:child_process';

/** Runs a program to its end. @returns what it printed @throws with what it complained about */
export function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.on('error', () => {}); // a program that could not be started reads nothing
    child.stdin?.end(input);
  });
}

/** Runs lines of iproute2 in one process, inside a network namespace where one is named. */
export async function ip(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace];
  await run('ip', [...where, '-batch', '-'], lines.join('\n'));
}
