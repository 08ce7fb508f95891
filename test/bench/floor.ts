import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { stamp } from '../support/stamp.js';

const IDLER = fileURLToPath(new URL('../app/idler.js', import.meta.url));

/** From kill -9 of a process that does nothing but hold a socket to the `close` of that socket in this one (ms). */
export async function killToClose(
  repeats: number,
  kind: 'bare' | 'nest' = 'bare',
): Promise<number[]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const child = spawn(process.execPath, [IDLER, String(port), kind], { stdio: 'ignore' });
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => undefined).resume();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const closed = once(socket, 'close').then(stamp);
    const killedAt = stamp();
    child.kill('SIGKILL');
    times.push((await closed) - killedAt);
  }
  server.close();
  return times;
}

const EMPTY = fileURLToPath(new URL('../app/empty.js', import.meta.url));

/** From exec to exit of an empty Nest application context (ms). */
export async function emptyNest(repeats: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const startedAt = stamp();
    await once(fork(EMPTY), 'exit');
    times.push(stamp() - startedAt);
  }
  return times;
}
