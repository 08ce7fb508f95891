import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stamp } from '../../support/stamp.js';
import { PING_EVERY } from './jobs.js';

const ENTRY = fileURLToPath(new URL('./bare-watcher.js', import.meta.url));

/** What the machine takes for it: from a write in this process to its arrival in another, over a bare socket, as seldom as the puts are (ms). */
export async function bareDeliveries(count: number): Promise<number[]> {
  const watcher = fork(ENTRY, [String(count)], { execArgv: [] });
  const [port] = (await once(watcher, 'message')) as [number];
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  const times = once(watcher, 'message') as Promise<[number[]]>;
  for (let n = 0; n < count; n++) {
    await sleep(PING_EVERY);
    socket.write(String(stamp()));
  }
  const [found] = await times;
  socket.destroy();
  watcher.disconnect();
  return found;
}
