import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('./bare-member.js', import.meta.url));

/** From the first line of a fresh process until each of four others knows it, over bare sockets and without a framework (ms). */
export async function bareJoin(repeats: number): Promise<number[]> {
  const members = Array.from({ length: 4 }, () => start());
  const ports = await Promise.all(members.map((member) => told<number>(member)));
  for (const member of members) member.send(ports);
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const greeted = Promise.all(members.map((member) => told<number>(member)));
    const newcomer = start(String(ports[0]));
    const { began, ended } = await told<{ began: number; ended: number }>(newcomer);
    times.push(Math.max(ended, ...(await greeted)) - began);
    newcomer.kill();
    await once(newcomer, 'exit');
  }
  for (const member of members) member.disconnect();
  return times;
}

const start = (...args: string[]): ChildProcess => fork(ENTRY, args, { execArgv: [] });

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}
