import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { stamp } from '../support/stamp.js';

const DIALLER = `
  const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
  socket.on('error', () => process.exit(1));
`;

/** From kill -9 of a bare Node.js process to the `close` of its socket in this one (ms). */
export async function killToClose(repeats: number): Promise<number[]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const child = spawn(process.execPath, ['-e', DIALLER, String(port)], { stdio: 'ignore' });
    const [socket] = (await once(server, 'connection')) as [import('node:net').Socket];
    socket.on('error', () => undefined).resume();
    await new Promise((resolve) => setTimeout(resolve, 100));
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
