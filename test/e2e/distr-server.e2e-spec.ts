import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const ENTRY = import.meta.url.endsWith('.ts') ? '../../dist/test/app/brain.js' : '../app/brain.js';
const PORT = 58_000 + (process.pid % 500);

let processes: ChildProcess[] = [];

async function start(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(ENTRY, import.meta.url)), {
    // None of the flags with which the tests run from source.
    execArgv: [],
    env: { ...process.env, PORT: String(PORT) },
  });
  processes.push(child);
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('It ended before it was ready.'))),
  ]);
  return child;
}

async function count(child: ChildProcess): Promise<{ value: number; holder: number }> {
  child.send('count');
  const [answer] = (await once(child, 'message')) as [{ value: number; holder: number }];
  return answer;
}

afterEach(() => {
  for (const child of processes) child.kill('SIGKILL');
  processes = [];
});

describe('a DistrServer that is a role, in separate processes', () => {
  it('goes on counting where it was when its process is killed, again and again', async () => {
    await Promise.all([start(), start(), start()]);
    let expected = 0;
    while (processes.length > 1) {
      for (const child of processes) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect(await count(child)).toMatchObject({ value: ++expected });
      }
      // oxlint-disable-next-line no-await-in-loop
      const { holder } = await count(processes[0]!);
      expected++;
      const victim = processes.find(({ pid }) => pid === holder)!;
      processes = processes.filter((child) => child !== victim);
      victim.kill('SIGKILL');
      // oxlint-disable-next-line no-await-in-loop
      await once(victim, 'exit');
    }
    expect(await count(processes[0]!)).toEqual({
      value: expected + 1,
      holder: processes[0]!.pid,
    });
  });
});
